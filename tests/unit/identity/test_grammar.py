import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from imagesearch_ingest.identity.grammar import from_regex, from_template


@pytest.mark.parametrize(
    ("template", "faults"),
    [
        ("fixed", "product_id is missing"),
        ("{pic_name}", "product_id is missing"),
        ("{product_id}{pic_name}", "no text separates 'product_id' from 'pic_name'"),
        ("{product_id}/{product_id}", "'product_id' occurs 2 times"),
        (
            "{productid}/{str_attr_5}",
            "'productid' is not a field (did you mean product_id?); 'str_attr_5' is not a field (did you mean str",
        ),
        ("{product_id}/{}", "'' is not a field"),
        (
            "{product_id!r}{sources:>3}",
            "'product_id' cannot have a format; 'sources' cannot have a format; no text separates",
        ),
        ("{product_id", "expected '}'"),
        ("product_id}", "Single '}'"),
        ("\udcff{product_id}", "it is not valid UTF-8"),
    ],
)
def test_every_fault_of_a_template_is_named(template: str, faults: str) -> None:
    with pytest.raises(ValueError, match=re.escape(faults)):
        from_template(template)


@pytest.mark.parametrize(
    ("regex", "faults"),
    [
        ("(?P<product_id>", "it is not a valid regular expression: missing )"),
        ("(?P<product_id>a)(?P<product_id>b)", "'product_id' occurs 2 times"),
        ("(?P<product_id>a)(?<product_id>b)", "'product_id' occurs 2 times"),
        ("(?P<product_id>a{99999999999})", "RE2 reads '{99999999999}' as plain text"),
        ("(?P<pic>.*)", "'pic' is not a field; product_id is missing"),
    ],
)
def test_every_fault_of_a_regex_is_named(regex: str, faults: str) -> None:
    with pytest.raises(ValueError, match=re.escape(faults)):
        from_regex(regex)


def test_a_name_in_quoted_text_is_not_a_group() -> None:
    regex = from_regex(r"(?P<product_id>\(?P<product_id>|[(?P<product_id>]+|\Q(?P<product_id>\E)")
    assert regex.read("(?P<product_id>") == {"product_id": "(?P<product_id>"}


def test_a_grammar_knows_whether_ids_rebuild_the_key() -> None:
    assert from_template("{product_id}/{pic_name}").irreversible is None
    assert from_template("{product_id}/{str_attr}/{_}").irreversible is None  # PicName is the whole key
    assert from_regex("(?P<product_id>.*)").irreversible is None
    assert from_template("{_}/{product_id}/{crop}/{_}/{pic_name}").irreversible == (
        "PicName does not contain the text of {_} and {crop}"
    )
    assert from_regex("(?P<product_id>.*)/(?P<pic_name>.*)").irreversible


def test_text_between_fields_is_taken_literally() -> None:
    template = from_template("a.b[c]*\\d(x|y)^$+?\n\0é{{{product_id}}}#&~-")
    assert template.read("a.b[c]*\\d(x|y)^$+?\n\0é{7}#&~-") == {"product_id": "7"}
    assert template.read("aXb[c]*\\d(x|y)^$+?\n\0é{7}#&~-") is None
    assert template.read("A.b[c]*\\d(x|y)^$+?\n\0é{7}#&~-") is None


def test_half_a_surrogate_pair_does_not_raise() -> None:
    """Events cannot contain one; local file names can."""
    assert from_template("{product_id}/{pic_name}").read("\udcff/\ud800") == {
        "product_id": "\udcff",
        "pic_name": "\ud800",
    }


def match_by_trial(text: str, parts: list[str]) -> dict[str, str] | None:
    """Match by trying every end of each field, starting with the last. ``parts`` are texts and fields in braces."""
    if not parts:
        return None if text else {}
    part, rest = parts[0], parts[1:]
    if not part.startswith("{"):
        return match_by_trial(text[len(part) :], rest) if text.startswith(part) else None
    for end in range(len(text), 0, -1):
        if part != "{pic_name}" and "/" in text[:end]:
            continue
        found = match_by_trial(text[end:], rest)
        if found is not None:
            return found if part == "{_}" else {part[1:-1]: text[:end]} | found
    return None


CHARACTERS = st.sampled_from("ab-_/é红\n.🎈")
LITERALS = st.text(CHARACTERS, min_size=1, max_size=2)


@st.composite
def templates(draw: st.DrawFn) -> list[str]:
    fields = ["{product_id}", *draw(st.lists(st.sampled_from(["{pic_name}", "{str_attr}", "{crop}"]), unique=True))]
    fields += ["{_}"] * draw(st.integers(0, 2))
    parts = [draw(st.text(CHARACTERS, max_size=1))]
    for field in draw(st.permutations(fields)):
        parts += [field, draw(LITERALS)]
    parts[-1] = draw(st.sampled_from([parts[-1], ""]))
    return [part for part in parts if part]


@given(templates(), st.data())
@example(["{product_id}", "_", "{str_attr}"], None)
def test_templates_match_as_trying_every_end_does(parts: list[str], data: st.DataObject | None) -> None:
    fill = st.text(CHARACTERS, max_size=4)
    if data is None:
        texts = ["a_b_c", "a_", "_a_b", "a/b_c"]
    else:
        filled = "".join(data.draw(fill) if part.startswith("{") else part for part in parts)
        texts = [filled, data.draw(st.text(CHARACTERS, max_size=12))]
    for text in texts:
        assert from_template("".join(parts)).read(text) == match_by_trial(text, parts)


@given(st.text("ab_-/", max_size=12), st.sampled_from(["{product_id}_{str_attr}", "a{product_id}-{_}/{pic_name}b"]))
def test_templates_match_as_greedy_regexes_do(key: str, template: str) -> None:
    fields = {"product_id": "(?P<product_id>[^/]+)", "str_attr": "(?P<str_attr>[^/]+)", "_": "(?P<_>[^/]+)"}
    found = re.fullmatch(template.format(**fields, pic_name="(?P<pic_name>.+)"), key)
    expected = {name: value for name, value in found.groupdict().items() if name != "_"} if found else None
    assert from_template(template).read(key) == expected
