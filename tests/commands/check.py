"""Check any command, by its program."""

from collections.abc import Iterator

from tests.commands import aliyun, aws, own, serverless
from tests.commands.finding import Found

CHECKS = {
    "fun": serverless.check,
    "imagesearch-ingest": own.check,
    "make": own.check_make,
    "ossutil": aliyun.check_ossutil,
    "s": serverless.check,
    "sam": aws.check_sam,
}
CLOUDS = {"aliyun": aliyun.check, "aws": aws.check}


def find_faults(found: Found) -> Iterator[str]:
    """Yield a sentence for each fault of the command, with its place."""
    for fault in _check(found):
        yield f"{found.place}: {' '.join(found.words[:3])}: {fault}"


def _check(found: Found) -> Iterator[str]:
    words = (found.program, *found.words[1:])
    if found.program in CHECKS:
        yield from CHECKS[found.program](words)
    elif found.program in CLOUDS:
        yield from CLOUDS[found.program](words, whole=found.whole)
    else:
        yield f"nobody checks {found.program}. Add it to tests/commands/check.py."
