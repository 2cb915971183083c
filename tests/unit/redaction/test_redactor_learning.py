"""The redactor of a process that gets new keys and tokens for days, on many threads."""

import sys
from concurrent.futures import ThreadPoolExecutor

from imagesearch_ingest.redaction import Redactor


def test_threads_learn_values_without_losing_one() -> None:
    """Each thread gets a key of its own, at the same time."""
    values = [f"value-number-{number:04}" for number in range(200)]
    redactor = Redactor("of-the-environment")
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as executor:
            list(executor.map(redactor.learn, values))
    finally:
        sys.setswitchinterval(before)
    assert set(redactor.data(" ".join(["of-the-environment", *values])).split()) == {"***"}


def test_of_the_values_that_are_learned_the_latest_stay() -> None:
    redactor = Redactor("of-the-environment")
    for number in range(300):
        redactor.learn("in-use-all-the-time", f"value-number-{number:04}")
    assert (
        redactor.data("of-the-environment in-use-all-the-time value-number-0299 value-number-0100") == "*** *** *** ***"
    )
    assert redactor.data("value-number-0001") == "value-number-0001"
