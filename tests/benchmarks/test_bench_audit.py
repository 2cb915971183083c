"""The benchmark of ``audit``: its files differ as they say, and memory stays as it is when they grow."""

from pathlib import Path

import pytest

from benchmarks.audit.__main__ import main
from benchmarks.audit.inputs import write_inputs
from benchmarks.audit.measure import Measured, measure


def run(folder: Path, keys: int) -> Measured:
    found = measure(write_inputs(folder / "in", keys), folder / "run")
    assert found.summary["listed"] == keys - keys // 200
    assert found.summary["missing"] == found.summary["orphaned"] == keys // 200
    return found


def test_files_are_compared_with_nothing_that_answers(tmp_path: Path) -> None:
    summary = run(tmp_path, 10_000).summary
    assert (summary["same"], summary["index_total"], summary["dump_complete"]) == (9900, None, False)
    assert summary["drift"] is True


@pytest.mark.slow
def test_memory_does_not_grow_with_the_files(tmp_path: Path) -> None:
    small, large = (run(tmp_path / str(keys), keys) for keys in (500_000, 1_000_000))
    assert large.sum_mb < 300
    assert large.sum_mb <= 1.2 * small.sum_mb
    assert large.peaks_mb[0] <= 1.2 * small.peaks_mb[0]


def test_the_benchmark_says_what_it_took(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--keys", "1000"]) == 0
    first, second, third = capsys.readouterr().out.splitlines()
    assert first == "995 keys, 5 missing, 5 orphaned"
    assert " s of CPU, load " in second
    assert third.startswith("peaks: ")
