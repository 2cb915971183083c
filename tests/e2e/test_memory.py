"""Peak memory of a full batch of the largest pictures, measured, against what the templates give the function."""

import sys

import pytest

from benchmarks.coldstart.largest import FILE_BYTES, LARGEST
from benchmarks.coldstart.memory import MANY, QUICKEST, batches, memory_size

TEMPLATES = {"aws": ["template.yaml"], "alibaba": ["s.yaml", "s.direct.yaml", "template.fun.yml"]}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="a process tree's memory is read from Linux's /proc")
@pytest.mark.parametrize("cloud", TEMPLATES)
def test_a_full_batch_of_the_largest_pictures_fits_into_the_functions_memory(cloud: str) -> None:
    """The sum of what each process had at its own peak is more than they ever had together."""
    allowed_mb = min(map(memory_size, TEMPLATES[cloud]))
    for batch in batches(cloud):
        assert 400 < batch.peak_mb < allowed_mb, batch


def test_without_bounds_it_would_not_fit() -> None:
    """Or else the batches prove nothing."""
    assert memory_size("template.yaml") - 80 < MANY * FILE_BYTES / 1e6 * 0.98
    assert QUICKEST in LARGEST
