import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagesearch_ingest.events.lenient_json import TooDeepError, dump, load, split_elements

TOO_DEEP = "[" * 100_000 + "]" * 100_000
STRINGS = st.text() | st.text('[]{},"\\ ')
CONTENT = st.recursive(
    st.none() | st.integers() | STRINGS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(STRINGS, inner, max_size=3),
    max_leaves=12,
)


@given(content=st.lists(CONTENT, max_size=5), indent=st.sampled_from([None, 1]), ascii_only=st.booleans())
def test_every_element_keeps_its_text(content: list[object], indent: int | None, *, ascii_only: bool) -> None:
    text = json.dumps(content, indent=indent, ensure_ascii=ascii_only)
    assert [json.loads(element) for element in split_elements(text)] == content


def test_an_object_is_one_element() -> None:
    assert split_elements(' {"a": [1, 2], "b": "],"} ') == ['{"a": [1, 2], "b": "],"}']


def test_an_unreadable_element_is_split_off_too() -> None:
    assert split_elements(f"[1, {TOO_DEEP}, [2]]") == ["1", TOO_DEEP, "[2]"]


@pytest.mark.parametrize("text", ["[", "[[]", "]", "[]]", "[1]2", '["]', '["\\"]', '["\\', "{", "1]", "[" * 100_000])
def test_truncated_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="brackets"):
        split_elements(text)


def test_deep_nesting_has_its_own_error() -> None:
    for text in (TOO_DEEP, '{"a":' * 100_000):
        with pytest.raises(TooDeepError):
            load(text)
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(TooDeepError):
        dump(deep)


@pytest.mark.parametrize("digits", ["9" * 5000, "-" + "9" * 5000])
def test_a_number_of_any_length_is_read(digits: str) -> None:
    assert abs(load(f"[{digits}, 5]")[0]) == float("inf")
    assert load("9" * 4300) == int("9" * 4300)


def test_invalid_json_is_a_value_error() -> None:
    for text in ("", "{", "x", "[1,]"):
        with pytest.raises(ValueError, match=r"Expecting|Illegal"):
            load(text)
