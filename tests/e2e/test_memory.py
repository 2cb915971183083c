"""The measured peak memory of a full batch of the largest pictures, against the templates' memory size."""

import sys

import pytest

from benchmarks.coldstart.largest import FILE_BYTES, LARGEST
from benchmarks.coldstart.memory import MANY, QUICKEST, batches, memory_size

TEMPLATES = {"aws": ["template.yaml"], "alibaba": ["s.yaml", "s.direct.yaml", "template.fun.yml"]}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="a process tree's memory is read from Linux's /proc")
@pytest.mark.parametrize("cloud", TEMPLATES)
def test_full_batch_of_largest_images_fits_into_memory(cloud: str) -> None:
    """The sum of the peaks of the processes is an upper bound: they need not occur at the same time."""
    allowed_mb = min(map(memory_size, TEMPLATES[cloud]))
    for batch in batches(cloud):
        assert 400 < batch.peak_mb < allowed_mb, batch


def test_unbounded_batch_would_not_fit() -> None:
    """If this batch fitted, the other batches would prove nothing."""
    assert memory_size("template.yaml") - 80 < MANY * FILE_BYTES / 1e6 * 0.98
    assert QUICKEST in LARGEST
