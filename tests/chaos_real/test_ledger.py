"""The ledger does not balance if something is wrong. Each case has one error."""

from typing import Any

import pytest

from tests.chaos_real.ledger import Held, Ledger
from tests.chaos_real.numbered import picture
from tests.chaos_real.uploads import Upload

KEY = "shoes/1.jpg"
FIRST, SECOND = (Upload(number, KEY, picture(number)) for number in (1, 2))
BAD = Upload(3, KEY, b"no picture", reason="not_an_image")


def held(number: int | None, key: str = KEY, product_id: str = "shoes") -> Held:
    return Held(product_id, key, number)


def letter(upload: Upload, code: str = "network", kind: str = "transient", **changed: Any) -> dict[str, Any]:
    content = {
        "code": code,
        "class": kind,
        "receive_count": 8,
        "index_holds": "unknown",
        "message": "",
        "record_id": "r",
    }
    return content | {"source": {"key": upload.key, "etag": upload.etag.upper()}} | changed


def ledger(*contents: Upload | None, key: str = KEY) -> Ledger:
    written = Ledger()
    for content in contents:
        written.note(key, content)
    return written


REFUSED = letter(BAD, "not_an_image", "permanent", index_holds="previous")
DRAFT = Upload(4, "drafts/1.jpg", picture(4))


@pytest.mark.parametrize(
    ("contents", "index", "letters"),
    [
        ([FIRST], [held(1)], []),
        ([FIRST, SECOND], [held(2)], []),
        ([FIRST, None], [], []),
        ([FIRST, BAD], [held(1)], [REFUSED]),
        ([FIRST, BAD], [], [REFUSED]),
        ([BAD, SECOND], [held(2)], [REFUSED, REFUSED]),
        ([FIRST], [], [letter(FIRST)]),
        ([FIRST], [held(1)], [letter(FIRST)]),
        ([FIRST, None], [held(1)], [letter(FIRST)]),
    ],
)
def test_right_state_balances(contents: list, index: list, letters: list) -> None:
    assert ledger(*contents).problems(index, letters) == []


def test_skipped_key_is_nowhere() -> None:
    draft = ledger(DRAFT, key=DRAFT.key)
    assert draft.problems([], []) == []
    assert draft.problems([held(4, DRAFT.key, "drafts")], [])
    assert draft.problems([], [letter(DRAFT)])


@pytest.mark.parametrize(
    ("contents", "index", "letters", "why"),
    [
        ([FIRST], [], [], "no letter says why"),
        ([FIRST, SECOND], [held(1)], [], "no letter says why"),
        ([FIRST, SECOND], [held(1)], [letter(FIRST)], "no letter says why"),
        ([FIRST, None], [held(1)], [], "was removed"),
        ([FIRST, None, BAD], [held(1)], [], "has no letter"),
        ([BAD], [], [letter(FIRST, "not_an_image", "permanent")], "has no letter"),
        ([BAD], [held(3)], [REFUSED], "not one of its good pictures"),
        ([FIRST], [held(None)], [letter(FIRST)], "not one of its good pictures"),
        ([FIRST], [held(1), held(5, "shoes/5.jpg")], [], "never uploaded"),
        ([FIRST], [held(1), held(1)], [], "twice"),
        ([FIRST], [held(1, product_id="hats")], [], "under the product hats"),
        ([FIRST], [held(1)], [letter(FIRST, "throttled", "throttled")], "a fault that is throttled"),
        ([FIRST], [held(1)], [letter(FIRST, "credentials", "systemic")], "a fault that is systemic"),
        ([FIRST], [held(1)], [letter(FIRST, receive_count=7)], "too soon"),
        ([FIRST], [held(1)], [letter(FIRST, "corrupt_image", "permanent")], "an untrue reason"),
        ([BAD], [], [REFUSED, letter(BAD, "corrupt_image", "permanent")], "an untrue reason"),
        ([FIRST], [held(1)], [letter(FIRST, index_holds="previous")], "a letter says that it is not"),
    ],
)
def test_wrong_state_is_reported(contents: list, index: list, letters: list, why: str) -> None:
    assert any(why in problem for problem in ledger(*contents).problems(index, letters))
