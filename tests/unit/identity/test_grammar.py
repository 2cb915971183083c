import re

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from imagesearch_ingest.identity.grammar import (
    Grammar,
    from_regex,
    from_template,
    read_rules,
    split_rules,
    why_irreversible,
)


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


def without_empty_segments(text: str) -> str:
    return re.sub("/+", "/", text)


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
        expected = match_by_trial(text, parts)
        if "{pic_name}" not in parts:  # then empty segments of the path are ignored
            plain = [without_empty_segments(part) for part in parts]
            plain[0] = plain[0].removeprefix("/")
            expected = match_by_trial(without_empty_segments(text).removeprefix("/"), plain)
        assert from_template("".join(parts)).read(text) == expected


@given(st.text("ab_-/", max_size=12), st.sampled_from(["{product_id}_{str_attr}", "a{product_id}-{_}/{pic_name}b"]))
def test_templates_match_as_greedy_regexes_do(key: str, template: str) -> None:
    fields = {"product_id": "(?P<product_id>[^/]+)", "str_attr": "(?P<str_attr>[^/]+)", "_": "(?P<_>[^/]+)"}
    pattern = template.format(**fields, pic_name="(?P<pic_name>.+)")
    found = re.fullmatch(pattern if "{pic_name}" in template else f"/*{pattern}", key)
    expected = {name: value for name, value in found.groupdict().items() if name != "_"} if found else None
    assert from_template(template).read(key) == expected


@pytest.mark.parametrize(
    ("template", "faults"),
    [
        ("{product_id}.{jpg,png}", "{jpg,png} must separate its alternatives by '|'"),
        ("{product_id}.{jpg|}", "{jpg|} has an alternative that is empty or contains a slash"),
        ("{product_id}/{a/b|c}", "{a/b|c} has an alternative that is empty or contains a slash"),
        ("{category_id}/{category_word}/{product_id}", "'category_id' and 'category_word' both give the category"),
        ("{a}/{b} -> {a} -> {b}", "' -> ' occurs more than once"),
        ("{a}/{b} -> {a}", "'b' is not used after '->'; write {_} to ignore it"),
        ("{a}/{_} -> {a}-{c}", "'c' stands only after '->'"),
        ("{a}/{pic_name} -> {a}-{pic_name}", "'pic_name' cannot stand after '->'"),
        ("{a}/{_} -> {a}-{_}", "'_' cannot stand after '->'"),
        ("{a}/{*} -> {a}-{*}", "'*' cannot stand after '->'"),
        ("{product_id}/{_}{*}", "no text separates '_' from '*'"),
        ("{product_id}/{a} -> {a}", "'product_id' stands before '->'"),
        ("{a}/{_} -> fixed", "after '->' there must be fields and text, such as {brand}-{sku}"),
        ("{a}/{_} -> {a|b}", "after '->' there must be fields and text, such as {brand}-{sku}"),
        ("{a}/{a} -> {a}", "'a' occurs 2 times"),
        ("{a b}/{_} -> {a b}", "'a b' is not a field"),
    ],
)
def test_every_fault_of_a_joined_id_or_an_alternative_is_named(template: str, faults: str) -> None:
    with pytest.raises(ValueError, match=re.escape(faults)):
        from_template(template)


def test_alternatives_ignore_case() -> None:
    template = from_template("{product_id}/{_}.{jpg|jpeg| PNG }")
    for key in ("7/a.jpg", "7/a.JPEG", "7/a.b.Png"):
        assert template.read(key) == {"product_id": "7"}
    assert template.read("7/a.gif") is None
    assert template.read("7/a.jpgx") is None
    assert from_template("{product_id}{-front|-back}.jpg").read("A-1-front.jpg") == {"product_id": "A-1"}


def test_fields_are_joined_into_the_product() -> None:
    template = from_template("{brand}/{sku}/{str_attr}/{_} -> {brand}-{sku} ({str_attr})")
    assert template.read("nike/AB-12/2024/img.JPG") == {"product_id": "nike-AB-12 (2024)", "str_attr": "2024"}
    assert from_template("{a}/{b}.jpg -> {b}/{a}").read("1/2.jpg") == {"product_id": "2/1"}
    assert from_template("{a}/{_} -> {{{a}}}").read("1/2.jpg") == {"product_id": "{1}"}


@pytest.mark.parametrize(
    ("text", "key", "product_id"),
    [
        ("{product_id}/{_}.jpg", "//7///a.jpg", "7"),
        ("up//{_}/{product_id}.jpg", "up/2024//7.jpg", "7"),
        ("/{product_id}/{_}", "7/a.jpg", "7"),
        ("{a}/{b}/{_} -> {a}-{b}", "x//y/a.jpg", "x-y"),
    ],
)
def test_empty_segments_are_ignored_where_the_key_is_the_name(text: str, key: str, product_id: str) -> None:
    values = from_template(text).read(key)
    assert values is not None
    assert values["product_id"] == product_id


def test_empty_segments_count_where_a_part_is_the_name() -> None:
    """Otherwise two keys would share an entry."""
    template = from_template("{product_id}/{pic_name}")
    assert template.read("7//a.jpg") == {"product_id": "7", "pic_name": "/a.jpg"}
    assert template.read("/7/a.jpg") is None


def test_a_star_is_anything_also_across_slashes() -> None:
    assert from_template("{_}/{product_id}/{*}").read("nike/7/a/b\nc.jpg") == {"product_id": "7"}
    assert from_template("{*}/{product_id}/{_}").read("x//y/7/a.jpg") == {"product_id": "7"}
    assert from_template("{*}/{product_id}/{*}.{jpg|png}").read("x/y/7/a.PNG") == {"product_id": "7"}
    assert from_template("{product_id}/{*}").read("7/") is None


def rules(text: str) -> tuple[Grammar, ...]:
    return read_rules(text, from_regex if "(?P<" in text else from_template)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a|b", ["a|b"]),
        ("a | b", ["a", "b"]),
        ("a \n | \n b", ["a", "b"]),
        ("{a | b} | {c}", ["{a | b}", "{c}"]),
    ],
)
def test_a_bar_between_blanks_separates_rules(text: str, parts: list[str]) -> None:
    assert split_rules(text) == parts


def test_every_fault_of_every_rule_is_named() -> None:
    with pytest.raises(ValueError, match="product_id") as error:
        rules("{product} | {product_id} | {product_id} | {_}")
    assert str(error.value) == (
        "'{product_id}' occurs twice; in '{product}': 'product' is not a field (did you mean product_id?); "
        "product_id is missing; in '{_}': product_id is missing"
    )


@pytest.mark.parametrize(
    "text",
    [
        "{product_id}_{_}.jpg | {product_id}/{_}",
        "{a}/{b}/{_} -> {a}-{b} | {product_id}",
        "{product_id}/{pic_name}",
        "{a}/{b}/{pic_name} -> {a}/{b}",
        "{a}/{b}/{pic_name} -> x{b}:/:{a}y",
        "(?P<pic_name>(?P<product_id>[^/]+)/.*)",
        "^(?P<pic_name>(?P<product_id>[^/]+)/.*)$",
        r"\A(?:(?P<pic_name>(?P<product_id>\d+)(\)|[)(])*))\z",
        "(?s)((?i)(?P<pic_name>(?P<product_id>a)|b))",
        "(?<pic_name>(?P<product_id>[^/]+)/.*)",
        "(?P<pic_name>(?P<product_id>a).*) | (?P<pic_name>(?P<product_id>b).*)",
    ],
)
def test_a_rule_without_collisions_is_reversible(text: str) -> None:
    assert why_irreversible(rules(text)) is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{a}/{b}/{pic_name} -> {a}-{b}", "ProductId joins fields without a slash between them"),
        ("{a}/{b}/{c}/{pic_name} -> {a}/{b}-{c}", "ProductId joins fields without a slash between them"),
        ("{a}/{_}/{pic_name} -> {a}", "PicName does not contain the text of {_}"),
        ("{product_id}/{pic_name}.{jpg|png}", "PicName does not contain the text of {jpg|png}"),
        ("{*}/{product_id}/{pic_name}", "PicName does not contain the text of {*}"),
        ("{category_word}/{product_id}/{pic_name}", "PicName does not contain the text of {category_word}"),
        (
            "{product_id}_{_}.jpg | {product_id}/{pic_name}",
            "of several rules, the template '{product_id}/{pic_name}' takes PicName from a part of the key",
        ),
        (
            "{product_id}/{pic_name} | {product_id}_{pic_name}",
            "of several rules, the template '{product_id}/{pic_name}'",
        ),
        # With a prefix, "in/in/a" and "in/a" would have the same PicName.
        (
            "(?P<pic_name>(?P<product_id>a).*) | (?P<product_id>b).*",
            "of several rules, the regular expression '(?P<pic_",
        ),
        *(
            (text, "a regular expression may leave parts of the key out of both IDs")
            for text in (
                "(?P<pic_name>(?P<product_id>a).*)?",
                "(?P<pic_name>(?P<product_id>a).*)|b",
                "x(?P<pic_name>(?P<product_id>a).*)",
                "(?P<pic_name>(?P<product_id>a).*)x",
                r"(?P<pic_name>(?P<product_id>a).*)\$",
                "(?:(?P<pic_name>(?P<product_id>a))|b)",
                "(?P<product_id>.*)/(?P<pic_name>.*)",
                "(?P<product_id>(?P<pic_name>a))*",
                r"\Q(\E(?P<pic_name>(?P<product_id>a))",
            )
        ),
    ],
)
def test_a_rule_with_collisions_says_why(text: str, why: str) -> None:
    assert (why_irreversible(rules(text)) or "").startswith(why)


SEGMENT = st.text("ab-", min_size=1, max_size=3)


PARTS = st.tuples(SEGMENT, SEGMENT, st.text("ab-/", min_size=1, max_size=3))


@given(PARTS, PARTS)
def test_a_reversible_join_never_collides(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    template = from_template("{a}/{b}/{pic_name} -> {b}-/-{a}")
    assume(one != other)
    assert template.read("/".join(one)) != template.read("/".join(other))
