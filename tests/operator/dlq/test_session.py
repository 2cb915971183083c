"""What the commands have in common."""

from pathlib import Path

from imagesearch_ops.dlq.choices import Which
from imagesearch_ops.dlq.session import Where


def test_options_are_written_again_as_a_shell_reads_them() -> None:
    assert Where(stack="shop", which=Which.RULE).words() == ["--queue", "rule", "--stack", "shop"]
    assert Where(file=Path("my letters.jsonl")).words() == ["--from", "'my letters.jsonl'"]
    assert Where().words() == []
