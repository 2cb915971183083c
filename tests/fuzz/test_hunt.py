"""A long run survives its findings: this check stands in for a library with the worst faults."""

import os
import time

import pytest

from tests.fuzz.hunt import Finding, hunt
from tests.fuzz.mutation import mutate

_FIRST = 7_000
_PATIENCE = 60  # seconds: three processes have to start, perhaps on a busy machine


def worst(data: bytes) -> str | None:
    """Report a fault at the second input, die at the third, and hang at the fourth."""
    number = next((number for number in range(_FIRST, _FIRST + 4) if data == mutate(number)), None)
    if number == _FIRST + 1:
        return "found"
    if number == _FIRST + 2:
        os.abort()
    if number == _FIRST + 3:
        time.sleep(_PATIENCE)
    return None


@pytest.mark.slow
def test_faults_deaths_and_hangs_are_reported_by_number() -> None:
    findings = []
    for event in hunt(_FIRST, workers=1, seconds=_PATIENCE, checked=worst, hangs_after=2):
        if isinstance(event, Finding):
            findings.append(event)
        elif event >= _FIRST + 10:
            break
    assert findings == [
        Finding(_FIRST + 1, "found"),
        Finding(_FIRST + 2, "killed its process, which ended with -6"),
        Finding(_FIRST + 3, "no end after 2 s"),
    ]
