import base64
from email.header import Header

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagesearch_ingest.attributes import NAMES, NO_ATTRIBUTES, AttributePolicy, Attributes, Source, blame, collect
from imagesearch_ingest.attributes.encoded_words import decode
from imagesearch_ingest.image_search import AddImageRequest, error_for_code
from imagesearch_ingest.image_search.codes import SERVICE_CODES
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import FaultClass, Reason


def refusal(metadata: dict[str, str], groups: dict[str, str] | None = None) -> IngestError:
    with pytest.raises(IngestError) as error:
        collect(metadata, groups or {}, {})
    return error.value


def word(text: str, encoding: str) -> str:
    data = text.encode()
    if encoding == "B":
        return f"=?UTF-8?B?{base64.b64encode(data).decode()}?="
    return f"=?utf-8?q?{''.join(f'={byte:02x}' for byte in data)}?="


def test_attributes_are_those_of_the_request() -> None:
    others = {"instance_name", "product_id", "pic_name", "pic_content"}
    assert set(NAMES) == AddImageRequest.model_fields.keys() - others
    assert all(getattr(NO_ATTRIBUTES, name) is None for name in NAMES)


def test_the_key_precedes_the_metadata_and_the_settings() -> None:
    attributes = collect(
        {"imagesearch-str-attr": "metadata", "imagesearch-str-attr-2": "metadata", "colour": "red"},
        {"str_attr": "key"},
        {"str_attr": "settings", "str_attr_2": "settings", "str_attr_3": "settings"},
    )
    assert attributes == Attributes(str_attr="key", str_attr_2="metadata", str_attr_3="settings")
    sources = [attributes.source_of(name) for name in ("str_attr", "str_attr_2", "str_attr_3", "str_attr_4")]
    assert sources == ["key", "metadata", "settings", None]


def test_metadata_can_hold_every_attribute_in_any_case() -> None:
    given_values = {
        "ImageSearch-Category-Id": "88888888",
        **{f"imagesearch-int-attr{n}": "-5" for n in ("", "-2", "-3", "-4")},
        **{f"IMAGESEARCH-STR-ATTR{n}": "汉字" for n in ("", "-2", "-3", "-4")},
        "imagesearch-custom-content": "c" * 4096,
        "imagesearch-region": "280,486,232,351",  # the reference's example
    }
    attributes = collect(given_values, {}, {})
    assert attributes.given().keys() == set(NAMES) - {"crop"}
    assert (attributes.category_id, attributes.int_attr_4, attributes.str_attr_4) == (88888888, -5, "汉字")
    assert collect({"imagesearch-crop": "FALSE"}, {}, {}).crop is False


@pytest.mark.parametrize("source", Source)
def test_a_region_drops_crop_from_any_source(source: Source) -> None:
    crop = {
        Source.METADATA: ({"imagesearch-crop": "true"}, {}, {}),
        Source.KEY: ({}, {"crop": "true"}, {}),
        Source.SETTINGS: ({}, {}, {"crop": True}),
    }
    metadata, groups, defaults = crop[source]
    assert collect(metadata, groups, defaults).source_of("crop") is source
    attributes = collect({"imagesearch-region": "0,1,0,1"} | metadata, groups, defaults)
    assert (attributes.crop, attributes.source_of("crop")) == (None, None)


def test_an_empty_value_counts_as_not_given() -> None:
    attributes = collect({"imagesearch-int-attr": "3", "imagesearch-str-attr": "=?UTF-8?Q??="}, {"int_attr": ""}, {})
    assert attributes == Attributes(int_attr=3)


@pytest.mark.parametrize(
    ("name", "value", "detail"),
    [
        ("str_attr_3", "s" * 129, "str_attr_3 (from metadata) has 129 characters: the limit is 128"),
        ("str_attr", "a$b", r"str_attr (from metadata) is 'a$b': it must not contain \ ¥ $ & or %"),
        ("custom_content", "c" * 4097, "custom_content (from metadata) has 4097 characters: the limit is 4096"),
        *(
            (
                "int_attr_2",
                value,
                f"int_attr_2 (from metadata) is {value!r}: it must be a decimal number from -2147483648 ",
            )
            for value in ("2147483648", "-2147483649", "1.0", "1_000", " 7", "+7", "0x7", "٣", "many")
        ),
        (
            "int_attr",
            "9" * 5000,
            "int_attr (from metadata) has 5000 characters: it must be a decimal number from -2147483648",
        ),
        *(
            ("crop", value, f"crop (from metadata) is {value!r}: it must be true or false")
            for value in ("yes", "1", "on")
        ),
        *(
            ("region", value, f"region (from metadata) is {value!r}: it must be x1,x2,y1,y2 in whole pixels")
            for value in ("1,2,3", "-1,2,3,4", "1,2,4,3", "2,2,3,4", "1, 2, 3, 4", "0,9999999999,0,1")
        ),
    ],
)
def test_a_broken_limit_is_described(name: str, value: str, detail: str) -> None:
    error = refusal({f"imagesearch-{name.replace('_', '-')}": value})
    assert error.reason is Reason.ATTRIBUTE_INVALID
    assert error.detail.startswith(detail)


@pytest.mark.parametrize("value", ["0", "-0", "007", "2147483647", "-2147483648", "000000000000000000007"])
def test_numbers_of_32_bits_are_accepted(value: str) -> None:
    assert collect({}, {"int_attr": value}, {}).int_attr == int(value)


def test_an_invalid_category_has_its_own_reason() -> None:
    error = refusal({"imagesearch-category-id": "shoes"})
    assert error.reason is Reason.CATEGORY_INVALID
    assert error.detail.startswith("category_id (from metadata) is 'shoes': it must be a decimal number")


def test_every_invalid_value_is_named() -> None:
    error = refusal({"imagesearch-crop": "yes"}, {"category_id": "shoes", "str_attr": "%"})
    assert error.reason is Reason.ATTRIBUTE_INVALID
    assert [part.partition(" is ")[0] for part in error.detail.split("; ")] == [
        "category_id (from key)",
        "str_attr (from key)",
        "crop (from metadata)",
    ]


def test_only_the_value_that_counts_is_validated() -> None:
    assert collect({"imagesearch-crop": "yes"}, {"crop": "true"}, {}).crop is True
    assert collect({"imagesearch-str-attr": "=?no?Q?a?="}, {"str_attr": "key"}, {}).str_attr == "key"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("imagesearch-categoryid", ". Did you mean imagesearch-category-id?"),
        ("imagesearch-str_attr_2", ". Did you mean imagesearch-str-attr-2?"),
        ("imagesearch-str_attr", ". Did you mean imagesearch-str-attr?"),
        ("imagesearch_category_id", ". Did you mean imagesearch-category-id?"),
        ("imagesearch_str_attr", ". Did you mean imagesearch-str-attr?"),
        ("imagesearchcategory-id", ". Did you mean imagesearch-category-id?"),
        ("ImageSearchCategoryId", ". Did you mean imagesearch-category-id?"),
        ("imagesearch.int.attr.3", ". Did you mean imagesearch-int-attr-3?"),
        ("image-search-category", ". Did you mean imagesearch-category-id?"),
        ("image_search_crop", ". Did you mean imagesearch-crop?"),
        ("x-amz-meta-imagesearch-region", ". Did you mean imagesearch-region?"),
        ("x-oss-meta-imagesearch-customcontent", ". Did you mean imagesearch-custom-content?"),
        ("imagesearch-str-attr-1", ". Did you mean imagesearch-str-attr?"),
        ("ImageSearch-Xyzzy", ""),
        ("imagesearch-", ""),
    ],
)
def test_an_unknown_attribute_is_a_fault(name: str, hint: str) -> None:
    error = refusal({name: "1"})
    assert error.reason is Reason.ATTRIBUTE_INVALID
    assert error.detail == f"the object's metadata has an unknown attribute: {name}{hint}"


def test_metadata_without_the_prefix_is_ignored() -> None:
    assert collect({"crop": "yes", "imagesearch": "x", "x-imagesearch-crop": "yes"}, {}, {}) == NO_ATTRIBUTES


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("plain", "plain"),
        ("=?UTF-8?B?5rGJ5a2X?=", "汉字"),
        ("=?utf-8?q?=E6=B1=89_x?=", "汉 x"),
        ("=?iso-8859-1*en?Q?caf=e9?=", "café"),
        ("a =?utf-8?q?b?= c", "a b c"),
        ("=?utf-8?q?a?= =?utf-8?q?b?=", "ab"),  # RFC 2047, section 8
        ("=?utf-8?q?a?=\r\n =?utf-8?q?_b?=", "a b"),
        ("=?utf-8?q?a?= b", "a b"),
        ("=? ?=", "=? ?="),
        ("1=?2", "1=?2"),
    ],
)
def test_encoded_words_are_decoded(written: str, meant: str) -> None:
    assert decode(written) == meant


@given(st.text(), st.sampled_from("BQ"))
def test_any_text_survives_encoding(text: str, encoding: str) -> None:
    assert decode(word(text, encoding)) == text


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "gb2312", "us-ascii"])
def test_words_of_other_programs_are_decoded(charset: str) -> None:
    """Headers are folded at 76 characters, which makes several words."""
    text = {"gb2312": "汉字 ", "us-ascii": "words ", "iso-8859-1": "café_?= "}.get(charset, "汉字 é=?_ ") * 20 + "end"
    assert decode(Header(text, charset).encode(linesep="\r\n").replace("\r\n", "")) == text


@pytest.mark.parametrize(
    "value",
    [
        "=?no-such-charset?B?YQ==?=",
        "=?rot13?Q?a?=",  # a codec of Python, not a charset
        "=?UTF-8?X?a?=",
        "=?UTF-8?B?YQ?=",
        "=?UTF-8?B?!!!!?=",
        "=?UTF-8?B?5rE=?=",
        "=?UTF-8?Q?=E6?=",
        "=?UTF-8?Q?=XY?=",
        "=?UTF-8?Q?é?=",
    ],
)
def test_an_invalid_encoded_word_is_a_fault(value: str) -> None:
    error = refusal({"imagesearch-str-attr": value})
    assert error.reason is Reason.ATTRIBUTE_INVALID
    assert error.detail.startswith("str_attr (from metadata)")
    assert "cannot be decoded" in error.detail


def _refused(code: str) -> IngestError:
    return error_for_code(code, f"AddImage: {code}", "R1")


ABOUT_AN_ATTRIBUTE = {
    "InvalidCategory": {"category_id": 4},
    "InvalidCustomContent": {"custom_content": "c"},
    **{f"InvalidIntAttr{n.removeprefix('_')}": {f"int_attr{n}": 1} for n in ("", "_2", "_3", "_4")},
    **{f"InvalidStrAttr{n.removeprefix('_')}": {f"str_attr{n}": "s"} for n in ("", "_2", "_3", "_4")},
}


@pytest.mark.parametrize(("code", "value"), ABOUT_AN_ATTRIBUTE.items())
def test_a_refused_default_blames_the_settings(code: str, value: dict) -> None:
    blamed = blame(_refused(code), collect({}, {}, value))
    assert blamed.reason is Reason.SETTINGS_REFUSED
    assert blamed.reason.fault_class is FaultClass.SYSTEMIC
    assert (blamed.service_code, blamed.service_request_id) == (code, "R1")
    assert blamed.detail == f"{next(iter(value))} (from settings) was refused by the service: AddImage: {code}"


@pytest.mark.parametrize(("code", "value"), ABOUT_AN_ATTRIBUTE.items())
def test_a_refused_key_or_metadata_blames_the_picture(code: str, value: dict) -> None:
    texts = {name: str(number) for name, number in value.items()}
    metadata = {f"imagesearch-{name.replace('_', '-')}": text for name, text in texts.items()}
    error = _refused(code)
    assert blame(error, collect({}, texts, value)) is error
    assert blame(error, collect(metadata, {}, value)) is error
    assert blame(error, NO_ATTRIBUTES) is error
    assert error.reason.fault_class is FaultClass.PERMANENT


def test_other_errors_do_not_blame_the_settings() -> None:
    attributes = collect({}, {}, {"category_id": 4, "int_attr": 1})
    for code in SERVICE_CODES.keys() - {"InvalidCategory", "InvalidIntAttr"}:
        error = _refused(code)
        assert blame(error, attributes) is error
    error = IngestError(Reason.NETWORK, "no answer")
    assert blame(error, attributes) is error


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("=?UTF-8?B?w6np?= =?utf-8?B?nos=?=", "é鞋"),  # one character, half in each word
        ("=?utf-8?q?=C3?= =?utf-8?b?qQ==?=", "é"),
        ("=?utf-8?q?=C3=A9?= =?iso-8859-1?q?=E9?=", "éé"),
        ("red =?utf-8?q?=C3=A9?= blue", "red é blue"),
    ],
)
def test_adjacent_words_may_share_a_character(value: str, text: str) -> None:
    assert decode(value) == text


NAMED = {"imagesearch-category-id": "7", "imagesearch-str-attr": "red", "imagesearch-crop": "yes"}


def test_metadata_sets_only_the_attributes_that_it_may() -> None:
    """The invalid crop has no weight, because metadata may not set it."""
    policy = AttributePolicy(from_metadata=frozenset({"category_id", "str_attr_2"}))
    assert collect(NAMED, {}, {"str_attr": "default"}, policy) == Attributes(category_id=7, str_attr="default")


def test_metadata_that_is_off_is_not_read() -> None:
    policy = AttributePolicy(from_metadata=frozenset())
    assert collect(NAMED | {"imagesearch-categoryid": "7"}, {"int_attr": "1"}, {}, policy) == Attributes(int_attr=1)


def test_a_misspelt_name_is_a_fault_although_few_may_be_set() -> None:
    with pytest.raises(IngestError, match="Did you mean imagesearch-category-id"):
        collect({"imagesearch-categoryid": "7"}, {}, {}, AttributePolicy(from_metadata=frozenset({"crop"})))


WORDS = AttributePolicy(category_words={"shoes": 3, "strasse": 4})


@pytest.mark.parametrize(("word", "category"), [("shoes", 3), ("SHOES", 3), ("Straße", 4)])
def test_a_category_word_is_translated_in_any_case(word: str, category: int) -> None:
    attributes = collect(NAMED | {"imagesearch-crop": "true"}, {"category_word": word}, {"category_id": 9}, WORDS)
    assert attributes == Attributes(category_id=category, str_attr="red", crop=True)
    assert attributes.source_of("category_id") is Source.KEY


@pytest.mark.parametrize("metadata", [{}, {"imagesearch-category-id": "7"}])
@pytest.mark.parametrize("defaults", [{}, {"category_id": 9}])
def test_an_unknown_category_word_is_refused(metadata: dict, defaults: dict) -> None:
    """A default or metadata in its place would put the picture where the operator did not mean it to be."""
    with pytest.raises(IngestError) as error:
        collect(metadata, {"category_word": "hats"}, defaults, WORDS)
    assert error.value.reason is Reason.CATEGORY_INVALID
    assert error.value.detail == (
        "category_word (from key) is 'hats': INGEST_CATEGORY_WORDS does not contain it, only shoes, strasse"
    )
