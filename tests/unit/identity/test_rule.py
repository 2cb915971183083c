import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from imagesearch_ingest.identity import MAX_ID_CHARACTERS, IdentityRule
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
        ("a//b.jpg", "a"),
        ("//a/b.jpg", "a"),
        ("x/a///b.jpg", "a"),
        ("two.dots.jpg", "two.dots"),
        ("//", "//"),
        ("鞋/红 +%41.jpg", "鞋"),
    ],
)
def test_product_is_the_folder_or_the_stem(key: str, product_id: str) -> None:
    assert identify(key) == ImageIdentity(product_id=product_id, pic_name=key)


def test_a_key_may_have_256_characters() -> None:
    assert identify("é" * 256).pic_name == "é" * 256
    with pytest.raises(IngestError) as error:
        identify("é" * 257)
    assert error.value.reason is Reason.KEY_TOO_LONG
    assert error.value.detail == "the key, which is the PicName, has 257 characters; the limit is 256"


@given(st.text(min_size=1, max_size=256).filter(lambda key: "." not in key and "$" not in key))
def test_default_ids_keep_the_key_and_the_limits(key: str) -> None:
    identity = identify(key)
    assert identity.pic_name == key
    assert 1 <= len(identity.product_id) <= 256


def test_prefix_is_removed_for_the_product_only() -> None:
    """The bulk import writes the same entry for the same object."""
    assert ids("uploads/shoe.jpg", prefix="uploads/") == ("shoe", "uploads/shoe.jpg")
    assert ids("uploads/7/shoe.jpg", prefix="uploads/") == ("7", "uploads/7/shoe.jpg")
    assert ids("in/7/a.jpg", prefix="in/", template="{product_id}/{_}.jpg") == ("7", "in/7/a.jpg")


def test_pic_name_can_come_from_the_template() -> None:
    template = "{product_id}/{pic_name}"
    assert ids("in/7/deep/a.jpg", prefix="in/", template=template) == ("7", "deep/a.jpg")
    assert ids("shop-7/{x}.jpg", template="shop-{product_id}/{{{pic_name}}}.jpg") == ("7", "x")


def test_attributes_are_not_part_of_the_identity() -> None:
    rule = IdentityRule.from_settings(template="{category_id}/{_}/{product_id}_{str_attr_2}.jpg")
    identity = rule.identify("4/2026/7_红.jpg")
    assert identity.groups == {"category_id": "4", "str_attr_2": "红"}
    assert identity == ImageIdentity("7", "4/2026/7_红.jpg")
    assert hash(identity) == hash(ImageIdentity("7", "4/2026/7_红.jpg"))


def test_a_field_stays_in_its_segment_and_is_greedy() -> None:
    assert ids("a-b-c.jpg", template="{product_id}-{_}.jpg") == ("a-b", "a-b-c.jpg")
    assert refusal("a/b-c.jpg", template="{product_id}-{_}.jpg").reason is Reason.KEY_NOT_MATCHED
    assert ids("a/b\nc.jpg", template="{product_id}/{pic_name}") == ("a", "b\nc.jpg")


def test_a_regex_must_match_the_whole_key() -> None:
    regex = r"(?P<product_id>\d+)_(?P<int_attr>\d*)(?P<_>x)?"
    assert ids("7_", regex=regex) == ("7", "7_")
    assert IdentityRule.from_settings(regex=regex).identify("7_5x").groups == {"int_attr": "5"}
    error = refusal("in/7_.jpg", regex=regex, prefix="in/")
    assert error.reason is Reason.KEY_NOT_MATCHED
    assert error.detail.startswith("the key without the prefix 'in/' does not match the regular expression '(?P<")


def test_an_empty_group_counts_as_not_given() -> None:
    regex = r"(?P<product_id>\d*)(-(?P<pic_name>.*))?"
    assert ids("7", regex=regex) == ("7", "7")
    assert ids("7-", regex=regex) == ("7", "7-")
    error = refusal("-a", regex=regex)
    assert error.reason is Reason.KEY_NOT_MATCHED
    assert "empty product_id" in error.detail


def test_a_bare_prefix_does_not_match() -> None:
    error = refusal("in/", prefix="in/")
    assert error.reason is Reason.KEY_NOT_MATCHED
    assert error.detail == "the key is only the prefix 'in/'"


@pytest.mark.parametrize(
    ("key", "settings", "detail"),
    [
        (
            "p" * 257 + "/a",
            {"template": "{product_id}/{pic_name}"},
            "ProductId has 257 characters; the limit is 256",
        ),
        ("p/" + "n" * 257, {"template": "{product_id}/{pic_name}"}, "PicName has 257 characters; the limit is 256"),
        ("p/" + "n" * 1024, {"template": "{product_id}/{pic_name}"}, "the key has 1026 characters; the limit is 1024"),
        (
            "p/" + "n" * 255,
            {"regex": "(?P<product_id>.*?)/.*"},
            "the key, which is the PicName, has 257 characters; the limit is 256",
        ),
    ],
)
def test_too_long_names_the_id_length_and_limit(key: str, settings: dict, detail: str) -> None:
    error = refusal(key, **settings)
    assert error.reason is Reason.KEY_TOO_LONG
    assert error.detail == detail


def test_impossibly_long_keys_are_not_matched() -> None:
    regex = "(?P<product_id>(a|a)*)(?P<pic_name>b)"
    assert refusal("a" * 1025, regex=regex).reason is Reason.KEY_TOO_LONG


@pytest.mark.parametrize(
    ("key", "settings", "detail"),
    [
        ("a.tmp", {"exclude": ("*.log", "*.tmp")}, "the exclude pattern '*.tmp' matches the key"),
        (
            "shoes/a.tmp",
            {"include": ("bags/*", "shoes/*"), "exclude": ("*.tmp",)},
            "the exclude pattern '*.tmp' matches the key, and takes precedence over the include pattern 'shoes/*'",
        ),
        ("a.jpg", {"include": ("*.png", "b*")}, "no include pattern matches the key: '*.png', 'b*'"),
        ("a.JPEG", {"include": ("*.jpg",)}, "no include pattern matches the key: '*.jpg'"),
        ("A.TMP", {"exclude": ("*.Tmp",)}, "the exclude pattern '*.Tmp' matches the key"),
        ("x/Thumbs/a.jpg", {"exclude": ("thumbs/",)}, "the exclude pattern 'thumbs/' matches the key"),
        ("out/a.jpg", {"prefix": "in/"}, "the key does not begin with the prefix 'in/'"),
        ("x" * 300, {"exclude": ("x*",)}, "the exclude pattern 'x*' matches the key"),
    ],
)
def test_an_excluded_key_is_skipped_with_a_reason(key: str, settings: dict, detail: str) -> None:
    error = refusal(key, **settings)
    assert error.reason is Reason.EXCLUDED
    assert error.reason.result is Result.SKIPPED
    assert error.detail == detail


def test_patterns_match_the_whole_key_across_slashes() -> None:
    assert ids("in/a/b.jpg", prefix="in/", include=("in/*.jpg",)) == ("a", "in/a/b.jpg")


def test_template_and_regex_exclude_each_other() -> None:
    with pytest.raises(ValueError, match="both given; use one of them"):
        IdentityRule.from_settings(template="{product_id}", regex="(?P<product_id>.*)")


def escaped(literal: str) -> str:
    return literal.replace("{", "{{").replace("}", "}}")


TEXT = st.text(max_size=8).filter(lambda text: not {"|", ">"} & {*text})
# Neither is part of a text: '|' between blanks separates rules, '->' the fields of ProductId.
SOME = st.text(min_size=1, max_size=8).filter(lambda text: not {"|", ">"} & {*text})
TEMPLATES = st.builds(
    lambda head, between, fields: escaped(head) + escaped(between).join(fields),
    TEXT,
    SOME,
    st.permutations(["{product_id}", "{pic_name}"]),
)


@given(TEMPLATES, TEXT, SOME.filter(lambda text: "/" not in text), SOME)
@example("{{{product_id}-{pic_name}", ".*", "a-b", "{product_id}")
@example("{pic_name}/{product_id}", "", "a", "\n/")
def test_a_reversible_template_rebuilds_every_key(template: str, prefix: str, product_id: str, pic_name: str) -> None:
    """The IDs may differ from those that made the key: "a-b" and "c" make the same key as "a" and "b-c"."""
    key = prefix + template.format(product_id=product_id, pic_name=pic_name)
    identity = IdentityRule.from_settings(template=template, prefix=prefix).identify(key)
    assert prefix + template.format(product_id=identity.product_id, pic_name=identity.pic_name) == key


@given(key=st.text(alphabet="ab/-_.", min_size=1, max_size=20), prefix=st.sampled_from(["", "a", "b/"]))
def test_without_a_pic_name_the_name_is_the_key(key: str, prefix: str) -> None:
    for settings in ({}, {"template": "{product_id}-{_}"}, {"regex": "(?P<product_id>[^-]+).*"}):
        try:
            identity = IdentityRule.from_settings(prefix=prefix, **settings).identify(key)
        except IngestError as error:
            assume(error.reason in {Reason.KEY_NOT_MATCHED, Reason.EXCLUDED})
        else:
            assert identity.pic_name == key
            assert 1 <= len(identity.product_id) <= MAX_ID_CHARACTERS


def test_the_first_rule_that_matches_counts() -> None:
    template = "{a}/{b}/{_} -> {a}-{b} | {product_id}_{str_attr}.{jpg|png} | {product_id}"
    assert ids("nike/7/a.jpg", template=template) == ("nike-7", "nike/7/a.jpg")
    assert ids("7_front.PNG", template=template) == ("7", "7_front.PNG")
    assert ids("7_front.gif", template=template) == ("7_front.gif", "7_front.gif")
    assert refusal("a/b.jpg", template=template).detail == (
        "the key does not match the template '{a}/{b}/{_} -> {a}-{b}' or the template "
        "'{product_id}_{str_attr}.{jpg|png}' or the template '{product_id}'"
    )


def test_a_rule_that_finds_an_empty_product_is_passed_over() -> None:
    regex = r"(?P<product_id>\d*)-.* | .(?P<product_id>[a-z]+)"
    assert ids("-abc", regex=regex) == ("abc", "-abc")
    assert "empty product_id" in refusal("-7", regex=regex).detail


def test_a_group_around_all_is_the_key_without_its_prefix() -> None:
    regex = "(?P<pic_name>(?P<product_id>[^/]+)/.*)"
    assert ids("in/7/a.jpg", prefix="in/", regex=regex) == ("7", "7/a.jpg")


@pytest.mark.parametrize(
    "key",
    [
        ".DS_Store",
        "shoes/.ds_store",
        "Thumbs.db",
        "a/b/THUMBS.DB",
        "ehthumbs.db",
        "Desktop.ini",
        "a/._front.jpg",
        "shoes_$folder$",
        "a/shoes_$folder$",
        "__MACOSX/a/front.jpg",
        "a/__macosx/front.jpg",
        "a/.gitkeep",
        ".~lock.list.ods#",
        "Thumbs.db:encryptable",
        "a/.nomedia",
        "a/_SUCCESS",
        "a/.picasa.ini",
        "Picasa.ini",
        "~$list.xlsx",
        "Icon\r",
    ],
)
def test_a_file_of_a_system_is_never_a_picture(key: str) -> None:
    error = refusal(key, template="{product_id}.{_}", exclude=("*",))
    assert error.reason is Reason.NEVER_A_PICTURE
    assert error.reason.result is Result.SKIPPED


@pytest.mark.parametrize(
    "key",
    [
        "DS_Store.jpg",
        "_success.jpg",
        "picasa.jpg",
        "thumbs.db.jpg",
        "a_.jpg",
        "_.jpg",
        ".front.jpg",
        "__MACOSX.jpg",
        "x__MACOSX/a.jpg",
        "._a/b.jpg",
    ],
)
def test_a_picture_with_a_similar_name_is_taken(key: str) -> None:
    assert identify(key).pic_name == key
