"""The check finds each fault: the library is replaced by fakes that misbehave in one way each."""

import os
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from imagesearch_ingest.images import Policy, prepare
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.images import PreparedImage
from imagesearch_ingest.model.reasons import Reason
from tests.decoders.sources import encoded, to_image
from tests.fuzz import checking

_SOUND = encoded(to_image(), "JPEG")


def _raises(data: bytes, _policy: Policy) -> PreparedImage:
    raise KeyError(data[:2])


def _refuses_as_another_station(_data: bytes, _policy: Policy) -> PreparedImage:
    raise IngestError(Reason.THROTTLED, "too many")


def _says_two_lines(_data: bytes, _policy: Policy) -> PreparedImage:
    raise IngestError(Reason.CORRUPT_IMAGE, "broken\nreally")


def _runs_out_of_memory(_data: bytes, _policy: Policy) -> PreparedImage:
    raise IngestError(Reason.TOO_MANY_PIXELS, "memory ran out") from MemoryError()


def _writes_past_python(data: bytes, policy: Policy) -> PreparedImage:
    os.write(2, b"TIFFReadDirectory: Warning")
    return prepare(data, policy)


def _takes_long(data: bytes, policy: Policy) -> PreparedImage:
    began = time.process_time()
    while time.process_time() - began < 0.3:
        pass
    return prepare(data, policy)


def _announces_another_size(data: bytes, policy: Policy) -> PreparedImage:
    return replace(prepare(data, policy), width=321)


def _gives_too_little(data: bytes, policy: Policy) -> PreparedImage:
    prepared = prepare(data, policy)
    return replace(prepared, data=prepared.data[:100])


MISBEHAVIOUR: list[tuple[Callable[[bytes, Policy], PreparedImage], str]] = [
    (_raises, "raised KeyError"),
    (_refuses_as_another_station, "refused as throttled"),
    (_says_two_lines, "cannot be printed"),
    (_runs_out_of_memory, "ran out of memory"),
    (_writes_past_python, "wrote to stderr: b'TIFFRead"),
    (_takes_long, "took 0."),
    (_announces_another_size, "which the service takes for"),
    (_gives_too_little, "the service refuses"),
]


@pytest.mark.parametrize(("library", "words"), MISBEHAVIOUR)
def test_misbehaviour_is_reported(
    monkeypatch: pytest.MonkeyPatch, library: Callable[[bytes, Policy], PreparedImage], words: str
) -> None:
    assert checking.check(_SOUND) is None
    monkeypatch.setattr(checking, "prepare", library)
    monkeypatch.setattr(checking, "_SECONDS", 0.25)
    assert words in str(checking.check(_SOUND))


@pytest.mark.parametrize("library", [_announces_another_size, _gives_too_little])
def test_other_decoders_check_tiny_outputs(
    monkeypatch: pytest.MonkeyPatch, library: Callable[[bytes, Policy], PreparedImage]
) -> None:
    monkeypatch.setattr(checking, "prepare", library)
    words = checking.check(encoded(to_image().resize((64, 48)), "JPEG"))
    assert words
    assert "OpenCV" in words
