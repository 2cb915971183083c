import json

import pytest

from imagesearch_ingest.dead_letters import DeadLetter
from imagesearch_ingest.dead_letters.letter import Source
from tests.support.fakes import a_letter

SOURCE = Source(cloud="alibaba", bucket="shop", key="鞋/front.jpg")


def test_a_letter_that_fits_is_left_as_it_is() -> None:
    letter = a_letter(source=SOURCE, original_event="鞋" * 100)
    assert letter.fitting(len(letter.to_json())) == letter


@pytest.mark.parametrize("character", ["x", '"', "鞋", "\U0001f45f", "\x00", "\ud800"])
@pytest.mark.parametrize("missing", [1, 13, 5_000])
def test_of_one_that_does_not_the_event_loses_its_end_and_no_more_than_needed(character: str, missing: int) -> None:
    letter = a_letter(source=SOURCE, original_event=character * 10_000)
    limit = len(letter.to_json()) - missing
    cut = letter.fitting(limit)
    assert limit - 13 <= len(cut.to_json()) <= limit
    kept = {"original_event": character * len(cut.original_event), "original_event_truncated": True}
    assert cut == letter.model_copy(update=kept)


def test_a_letter_that_was_cut_can_be_read_back() -> None:
    cut = a_letter(source=SOURCE, original_event='{"a": "\U0001f45f"}' * 1_000).fitting(2_000)
    assert DeadLetter.model_validate_json(cut.to_json()) == cut


def test_only_when_the_event_is_not_enough_the_message_is_cut_too() -> None:
    letter = a_letter(source=SOURCE, original_event="e" * 100, message="m" * 2_000)
    limit = len(letter.to_json()) - 600
    cut = letter.fitting(limit)
    assert (cut.original_event, cut.original_event_truncated) == ("", True)
    assert 1_400 < len(cut.message) < 1_600
    assert len(cut.to_json()) <= limit


def test_what_tells_the_object_and_the_reason_is_never_cut() -> None:
    letter = a_letter(source=SOURCE, original_event="e" * 100)
    cut = json.loads(letter.fitting(0).to_json())
    whole = json.loads(letter.to_json())
    assert {name: value for name, value in cut.items() if value != whole[name]} == {
        "message": "",
        "original_event": "",
        "original_event_truncated": True,
    }
