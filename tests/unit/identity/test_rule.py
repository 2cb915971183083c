import re
import time
from contextlib import suppress

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from imagesearch_ingest.identity import MAX_ID_CHARACTERS, IdentityRule
from imagesearch_ingest.identity.grammar import from_regex, from_template
from imagesearch_ingest.identity.patterns import split
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.images import ImageIdentity
from imagesearch_ingest.model.reasons import Reason, Result


def refusal(key: str, **settings: object) -> IngestError:
    with pytest.raises(IngestError) as error:
        IdentityRule.from_settings(**settings).identify(key)
    return error.value


def ids(key: str, **settings: object) -> tuple[str, str]:
    identity = IdentityRule.from_settings(**settings).identify(key)
    return identity.product_id, identity.pic_name


identify = IdentityRule().identify  # the default rule


@pytest.mark.parametrize(
    ("key", "product_id"),
    [
        ("2092061_1.jpg", "2092061_1"),  # the AddImage reference's own example
        ("2092061/front.jpg", "2092061"),
        ("shop/shoes/2092061/front.jpg", "2092061"),
        ("no-suffix", "no-suffix"),
        (".hidden", ".hidden"),
        ("/leading.jpg", "leading"),
        ("a//b.jpg", "b"),
        ("two.dots.jpg", "two.dots"),
        ("//", "//"),
        ("鞋/红 +%41.jpg", "鞋"),
    ],
)
def test_the_product_is_the_folder_or_else_the_stem(key: str, product_id: str) -> None:
    assert identify(key) == ImageIdentity(product_id=product_id, pic_name=key)


def test_a_key_of_256_characters_has_an_identity_and_one_of_257_has_none() -> None:
    assert identify("é" * 256).pic_name == "é" * 256
    with pytest.raises(IngestError) as error:
        identify("é" * 257)
    assert error.value.reason is Reason.KEY_TOO_LONG
    assert error.value.detail == "PicName, which is the key: 257 characters, at most 256"


@given(st.text(min_size=1, max_size=256))
def test_every_key_has_ids_within_the_limits_and_can_be_read_back(key: str) -> None:
    identity = identify(key)
    assert identity.pic_name == key
    assert 1 <= len(identity.product_id) <= 256


def test_the_prefix_is_taken_off_for_the_product_but_stays_in_the_name() -> None:
    """What the bulk import makes of the same object is the same entry."""
    assert ids("uploads/shoe.jpg", prefix="uploads/") == ("shoe", "uploads/shoe.jpg")
    assert ids("uploads/7/shoe.jpg", prefix="uploads/") == ("7", "uploads/7/shoe.jpg")
    assert ids("in/7/a.jpg", prefix="in/", template="{product_id}/{_}.jpg") == ("7", "in/7/a.jpg")


def test_a_pic_name_in_the_template_is_the_name() -> None:
    template = "{product_id}/{pic_name}"
    assert ids("in/7/deep/a.jpg", prefix="in/", template=template) == ("7", "deep/a.jpg")
    assert ids("shop-7/{x}.jpg", template="shop-{product_id}/{{{pic_name}}}.jpg") == ("7", "x")


def test_attributes_in_the_key_are_groups_and_no_part_of_the_identity() -> None:
    rule = IdentityRule.from_settings(template="{category_id}/{_}/{product_id}_{str_attr_2}.jpg")
    identity = rule.identify("4/2026/7_红.jpg")
    assert identity.groups == {"category_id": "4", "str_attr_2": "红"}
    assert identity == ImageIdentity("7", "4/2026/7_红.jpg")
    assert hash(identity) == hash(ImageIdentity("7", "4/2026/7_红.jpg"))


def test_fields_other_than_pic_name_stay_within_their_segment_and_take_as_much_as_they_can() -> None:
    assert ids("a-b-c.jpg", template="{product_id}-{_}.jpg") == ("a-b", "a-b-c.jpg")
    assert refusal("a/b-c.jpg", template="{product_id}-{_}.jpg").reason is Reason.KEY_NOT_MATCHED
    assert ids("a/b\nc.jpg", template="{product_id}/{pic_name}") == ("a", "b\nc.jpg")


def test_a_regular_expression_must_fit_the_whole_key() -> None:
    regex = r"(?P<product_id>\d+)_(?P<int_attr>\d*)(?P<_>x)?"
    assert ids("7_", regex=regex) == ("7", "7_")
    assert IdentityRule.from_settings(regex=regex).identify("7_5x").groups == {"int_attr": "5"}
    error = refusal("in/7_.jpg", regex=regex, prefix="in/")
    assert error.reason is Reason.KEY_NOT_MATCHED
    assert error.detail.startswith("the key, after the prefix 'in/', does not fit the regular expression '(?P<")


def test_a_group_that_is_empty_or_took_no_part_counts_as_not_given() -> None:
    regex = r"(?P<product_id>\d*)(-(?P<pic_name>.*))?"
    assert ids("7", regex=regex) == ("7", "7")
    assert ids("7-", regex=regex) == ("7", "7-")
    error = refusal("-a", regex=regex)
    assert error.reason is Reason.KEY_NOT_MATCHED
    assert "empty product_id" in error.detail


def test_a_key_that_is_nothing_but_the_prefix_names_no_picture() -> None:
    assert refusal("in/", prefix="in/").reason is Reason.KEY_NOT_MATCHED


@pytest.mark.parametrize(
    ("key", "settings", "detail"),
    [
        ("p" * 257 + "/a", {"template": "{product_id}/{pic_name}"}, "ProductId: 257 characters, at most 256"),
        ("p/" + "n" * 257, {"template": "{product_id}/{pic_name}"}, "PicName: 257 characters, at most 256"),
        ("p/" + "n" * 1024, {"template": "{product_id}/{pic_name}"}, "the key: 1026 characters, at most 1024"),
        ("p/" + "n" * 255, {"regex": "(?P<product_id>.*?)/.*"}, "PicName, which is the key: 257 characters, at most"),
    ],
)
def test_an_id_that_is_too_long_is_named_with_its_length_and_the_limit(key: str, settings: dict, detail: str) -> None:
    error = refusal(key, **settings)
    assert error.reason is Reason.KEY_TOO_LONG
    assert error.detail.startswith(detail)


def test_no_key_is_matched_that_is_longer_than_any_can_be() -> None:
    """A regular expression can take time that grows with the key as one likes; the key cannot."""
    slow = "(?P<product_id>(a|a)*)(?P<pic_name>b)"
    assert refusal("a" * 1025, regex=slow).reason is Reason.KEY_TOO_LONG


@pytest.mark.parametrize(
    ("key", "settings", "detail"),
    [
        ("a.tmp", {"exclude": ("*.log", "*.tmp")}, "the exclude pattern '*.tmp' matches the key"),
        (
            "shoes/a.tmp",
            {"include": ("bags/*", "shoes/*"), "exclude": ("*.tmp",)},
            "the exclude pattern '*.tmp' matches the key, though the include pattern 'shoes/*' does too",
        ),
        ("a.jpg", {"include": ("*.png", "b*")}, "no include pattern matches the key: '*.png', 'b*'"),
        ("a.JPG", {"include": ("*.jpg",)}, "no include pattern matches the key: '*.jpg'"),
        ("out/a.jpg", {"prefix": "in/"}, "the key does not begin with the prefix 'in/'"),
        ("x" * 300, {"exclude": ("x*",)}, "the exclude pattern 'x*' matches the key"),
    ],
)
def test_a_key_that_is_none_of_ours_is_skipped_and_told_why(key: str, settings: dict, detail: str) -> None:
    error = refusal(key, **settings)
    assert error.reason is Reason.EXCLUDED
    assert error.reason.result is Result.SKIPPED
    assert error.detail == detail


def test_patterns_see_the_whole_key_across_slashes() -> None:
    assert ids("in/a/b.jpg", prefix="in/", include=("in/*.jpg",)) == ("a", "in/a/b.jpg")


def test_a_list_of_patterns_is_split_at_commas() -> None:
    assert split(" *.jpg, shoes/*,,") == ("*.jpg", "shoes/*")
    with pytest.raises(ValueError, match="no pattern"):
        split(" , ")


@pytest.mark.parametrize(
    ("template", "faults"),
    [
        ("fixed", "product_id is not in it"),
        ("{pic_name}", "product_id is not in it"),
        ("{product_id}{pic_name}", "no text tells 'product_id' and 'pic_name' apart"),
        ("{product_id}/{product_id}", "'product_id' is in it 2 times"),
        (
            "{productid}/{str_attr_5}",
            "'productid' is no field (is product_id meant?); 'str_attr_5' is no field (is str",
        ),
        ("{product_id}/{}", "'' is no field"),
        ("{product_id!r}{sources:>3}", "'product_id' can have no format; 'sources' can have no format; no text tells"),
        ("{product_id", "expected '}'"),
        ("product_id}", "Single '}'"),
    ],
)
def test_every_fault_of_a_template_is_told(template: str, faults: str) -> None:
    with pytest.raises(ValueError, match=re.escape(faults)):
        from_template(template)


@pytest.mark.parametrize(
    ("regex", "faults"),
    [
        ("(?P<product_id>", "no regular expression: missing )"),
        ("(?P<product_id>a)(?P<product_id>b)", "redefinition of group name 'product_id'"),
        ("(?P<product_id>a{99999999999})", "no regular expression"),
        ("(?P<pic>.*)", "'pic' is no field; product_id is not in it"),
    ],
)
def test_every_fault_of_a_regular_expression_is_told(regex: str, faults: str) -> None:
    with pytest.raises(ValueError, match=re.escape(faults)):
        from_regex(regex)


def test_only_one_of_template_and_regular_expression_can_rule() -> None:
    with pytest.raises(ValueError, match="both"):
        IdentityRule.from_settings(template="{product_id}", regex="(?P<product_id>.*)")


def test_whether_a_key_can_be_rebuilt_is_told_of_the_grammar() -> None:
    assert from_template("{product_id}/{pic_name}").irreversible is None
    assert from_template("{product_id}/{str_attr}/{_}").irreversible is None  # PicName is the whole key
    assert from_regex("(?P<product_id>.*)").irreversible is None
    assert "{_} and {crop}" in (from_template("{_}/{product_id}/{crop}/{_}/{pic_name}").irreversible or "")
    assert from_regex("(?P<product_id>.*)/(?P<pic_name>.*)").irreversible


def escaped(literal: str) -> str:
    return literal.replace("{", "{{").replace("}", "}}")


TEXT = st.text(max_size=8)
SOME = st.text(min_size=1, max_size=8)
TEMPLATES = st.builds(
    lambda head, between, fields: escaped(head) + escaped(between).join(fields),
    TEXT,
    SOME,
    st.permutations(["{product_id}", "{pic_name}"]),
)


@given(TEMPLATES, TEXT, SOME.filter(lambda text: "/" not in text), SOME)
@example("{{{product_id}-{pic_name}", ".*", "a-b", "{product_id}")
@example("{pic_name}/{product_id}", "", "a", "\n/")
def test_every_key_that_a_reversible_template_matches_can_be_rebuilt_from_its_ids(
    template: str, prefix: str, product_id: str, pic_name: str
) -> None:
    """Not always into the ids it was made of: "a-b" and "c" make the same key as "a" and "b-c"."""
    key = prefix + template.format(product_id=product_id, pic_name=pic_name)
    identity = IdentityRule.from_settings(template=template, prefix=prefix).identify(key)
    assert prefix + template.format(product_id=identity.product_id, pic_name=identity.pic_name) == key


@given(key=st.text(alphabet="ab/-_.", min_size=1, max_size=20), prefix=st.sampled_from(["", "a", "b/"]))
def test_without_a_pic_name_the_name_is_always_the_key(key: str, prefix: str) -> None:
    for settings in ({}, {"template": "{product_id}-{_}"}, {"regex": "(?P<product_id>[^-]+).*"}):
        try:
            identity = IdentityRule.from_settings(prefix=prefix, **settings).identify(key)
        except IngestError as error:
            assume(error.reason in {Reason.KEY_NOT_MATCHED, Reason.EXCLUDED})
        else:
            assert identity.pic_name == key
            assert 1 <= len(identity.product_id) <= MAX_ID_CHARACTERS


@pytest.mark.parametrize(
    ("template", "key"),
    [
        ("{product_id}_{category_id}_{int_attr}_{int_attr_2}_{str_attr}.jpg", "_" * 250 + ".png"),
        ("{category_id}-{int_attr}-{product_id}-{pic_name}.jpg", "-" * 1000 + ".png"),
        ("{category_id}-{int_attr}-{product_id}-{pic_name}.jpg", "a-" * 500 + ".jpg"),
    ],
)
def test_no_key_can_hold_up_a_template(template: str, key: str) -> None:
    """A regular expression of the same fields takes minutes for these; anybody who may upload may choose the key."""
    rule = IdentityRule.from_settings(template=template)
    begun = time.thread_time()
    with suppress(IngestError):
        rule.identify(key)
    assert time.thread_time() - begun < 1


@given(st.text("ab_-/", max_size=12), st.sampled_from(["{product_id}_{str_attr}", "a{product_id}-{_}/{pic_name}b"]))
def test_templates_match_what_greedy_regular_expressions_match(key: str, template: str) -> None:
    fields = {"product_id": "(?P<product_id>[^/]+)", "str_attr": "(?P<str_attr>[^/]+)", "_": "(?P<_>[^/]+)"}
    found = re.fullmatch(template.format(**fields, pic_name="(?P<pic_name>.+)"), key)
    expected = {name: value for name, value in found.groupdict().items() if name != "_"} if found else None
    assert from_template(template).read(key) == expected
