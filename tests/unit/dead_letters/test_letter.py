import json

import pytest

from imagesearch_ingest.dead_letters import DeadLetter
from imagesearch_ingest.dead_letters.letter import Source
from tests.support.fakes import a_letter

SOURCE = Source(cloud="alibaba", bucket="shop", key="鞋/front.jpg")


def test_letter_that_fits_is_unchanged() -> None:
    letter = a_letter(source=SOURCE, original_event="鞋" * 100)
    assert letter.fitting(len(letter.to_json())) == letter


@pytest.mark.parametrize("character", ["x", '"', "鞋", "\U0001f45f", "\x00", "\ud800"])
@pytest.mark.parametrize("missing", [1, 13, 5_000])
def test_event_is_cut_no_more_than_needed(character: str, missing: int) -> None:
    letter = a_letter(source=SOURCE, original_event=character * 10_000)
    limit = len(letter.to_json()) - missing
    cut = letter.fitting(limit)
    assert limit - 13 <= len(cut.to_json()) <= limit
    kept = {"original_event": character * len(cut.original_event), "original_event_truncated": True}
    assert cut == letter.model_copy(update=kept)


def test_cut_letter_can_be_read_back() -> None:
    cut = a_letter(source=SOURCE, original_event='{"a": "\U0001f45f"}' * 1_000).fitting(2_000)
    assert DeadLetter.model_validate_json(cut.to_json()) == cut


def test_message_is_cut_after_the_event() -> None:
    letter = a_letter(source=SOURCE, original_event="e" * 100, message="m" * 2_000)
    limit = len(letter.to_json()) - 600
    cut = letter.fitting(limit)
    assert (cut.original_event, cut.original_event_truncated) == ("", True)
    assert 1_400 < len(cut.message) < 1_600
    assert len(cut.to_json()) <= limit


def test_object_and_reason_are_never_cut() -> None:
    letter = a_letter(source=SOURCE, original_event="e" * 100)
    cut = json.loads(letter.fitting(0).to_json())
    whole = json.loads(letter.to_json())
    assert {name: value for name, value in cut.items() if value != whole[name]} == {
        "message": "",
        "original_event": "",
        "original_event_truncated": True,
    }
