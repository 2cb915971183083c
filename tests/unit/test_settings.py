from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagesearch_ingest.attributes import NAMES
from imagesearch_ingest.identity import IdentityRule
from imagesearch_ingest.images.policy import Animations, BlankPictures, Policy, SmallPictures
from imagesearch_ingest.model.errors import SettingsError
from imagesearch_ingest.settings import Settings, variable

REQUIRED = {
    "INGEST_INSTANCE_NAME": "demo",
    "INGEST_INSTANCE_REGION": "ap-southeast-1",
    "INGEST_QUEUE_URL": "https://sqs.example/1/ingest",
    "INGEST_DEAD_LETTER_QUEUE_URL": "https://sqs.example/1/dead",
}


def faults(environ: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsError) as error:
        Settings.from_env(environ)
    return str(error.value).splitlines()


def test_the_required_settings_suffice() -> None:
    settings = Settings.from_env(REQUIRED | {"PATH": "/bin", "AWS_REGION": "x"})
    assert settings.instance_name == "demo"
    assert settings.max_source_megapixels == 200


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("SERVICE_TYPE", "cloth", "must be 'product', 'generic', 'fabric' or 'trademark'"),
        ("SMALL_PICTURES", "grow", "must be 'reject', 'pad' or 'upscale'"),
        ("ANIMATIONS", "all", "must be 'first_frame' or 'reject'"),
        ("BACKGROUND", "white", "must be written as #rrggbb, such as #ffffff for white"),
        ("BACKGROUND_IF_UNSEEN", "grey", "must be written as #rrggbb, such as #808080 for grey, or be 'off'"),
        (
            "BACKGROUND_IF_UNSEEN",
            "#dfdfff",
            "must differ from INGEST_BACKGROUND, which is #ffffff, by more than 32 levels, or be 'off'",
        ),
        ("BLANK_PICTURES", "skip", "must be 'warn' or 'reject'"),
        ("MAX_SIDE_PIXELS", "50", "must be greater than or equal to 100"),
        ("JPEG_QUALITY", "100", "must be less than or equal to 95"),
        ("MIN_JPEG_QUALITY", "95", "must not be above INGEST_JPEG_QUALITY, which is 90"),
        ("MAX_SOURCE_MEGAPIXELS", "nan", "must be a finite number"),
        ("MAX_CONCURRENCY", "two", "must be a valid integer"),
        ("QUEUE_URL", "ingest", "must be a URL that starts with http:// or https://"),
        ("INSTANCE_ENDPOINT", "https://a.b", "must be a host name without a scheme or path, such as host or host:443"),
        ("INSTANCE_REGION", "Singapore", "must be the ID of an Alibaba Cloud region, such as ap-southeast-1"),
        ("INSTANCE_NAME", "a-name-that-is-too-long", "must have at most 20 characters"),
    ],
)
def test_a_fault_names_value_and_remedy(name: str, value: str, allowed: str) -> None:
    assert faults(REQUIRED | {f"INGEST_{name}": value}) == [f"INGEST_{name} is {value!r}: {allowed}"]


@pytest.mark.parametrize("value", ["a.b/path", "https://", "https:///path", "ftp://a.b", "https://a.b/a b"])
def test_a_url_needs_a_scheme_and_a_host(value: str) -> None:
    (line,) = faults(REQUIRED | {"INGEST_HTTPS_PROXY": value})
    assert line.startswith("INGEST_HTTPS_PROXY is ")


@pytest.mark.parametrize("value", ["http://proxy:port", "http://[::1", "http://a.b:99999", "http://a.b:0", "https://?"])
def test_a_url_that_no_client_can_take_apart_is_refused(value: str) -> None:
    (line,) = faults(REQUIRED | {"INGEST_HTTPS_PROXY": value})
    assert (
        line == f"INGEST_HTTPS_PROXY is {value!r}: must be a URL with a host and, after a colon, a port from 1 to 65535"
    )


def test_a_misplaced_secret_stays_hidden() -> None:
    line = faults(REQUIRED | {"INGEST_CREDENTIALS_SECRET": '{"access_key_secret": "sesame"}'})
    assert line == [
        "INGEST_CREDENTIALS_SECRET is '***': must be the name or ARN of a secret, not the secret itself",
    ]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("INGEST_BUCKET_TIMEOUT", " Did you mean INGEST_BUCKET_TIMEOUT_SECONDS?"),
        ("INGEST_JPG_QUALITY", " Did you mean INGEST_JPEG_QUALITY?"),
        ("INGEST_ZEBRA", ""),
    ],
)
def test_an_unknown_setting_suggests_the_nearest(name: str, hint: str) -> None:
    assert faults(REQUIRED | {name: "5"}) == [f"Unknown setting {name}.{hint}"]


def test_picture_settings_make_the_policy() -> None:
    values = {
        "SERVICE_TYPE": "fabric",
        "MAX_SIDE_PIXELS": "1000",
        "SMALL_PICTURES": "pad",
        "ANIMATIONS": "reject",
        "BACKGROUND": "#0a14fA",
        "BACKGROUND_IF_UNSEEN": "#Fa140A",
        "BLANK_PICTURES": "reject",
        "JPEG_QUALITY": "50",
        "MAX_SOURCE_MEGAPIXELS": "20",
    }
    assert Settings.from_env(REQUIRED | {f"INGEST_{name}": value for name, value in values.items()}).image_policy() == (
        Policy(
            max_megapixels=20,
            min_side=448,
            max_side=4096,
            longest_side=1000,
            small_pictures=SmallPictures.PAD,
            animations=Animations.REJECT,
            background=(10, 20, 250),
            background_if_unseen=(250, 20, 10),
            blank_pictures=BlankPictures.REJECT,
            quality=50,
            min_quality=50,  # the default is higher: a value that is not set gives way
        )
    )


def test_the_second_background_can_be_switched_off() -> None:
    assert Settings.from_env(REQUIRED).image_policy().background_if_unseen == (128, 128, 128)
    assert (
        Settings.from_env(REQUIRED | {"INGEST_BACKGROUND_IF_UNSEEN": "off"}).image_policy().background_if_unseen is None
    )
    assert Settings.from_env(REQUIRED | {"INGEST_BACKGROUND": "#808080"}).image_policy().background == (128, 128, 128)
    different = REQUIRED | {"INGEST_BACKGROUND_IF_UNSEEN": "#deffff"}  # 33 levels
    assert Settings.from_env(different).image_policy().background_if_unseen == (222, 255, 255)


@pytest.mark.parametrize(("name", "value"), [("BLANK_PICTURES", "reject"), ("BACKGROUND_IF_UNSEEN", "off")])
def test_a_replay_notices_settings_for_blank_pictures(name: str, value: str) -> None:
    plain = Settings.from_env(REQUIRED).preparation_fingerprint()
    assert Settings.from_env(REQUIRED | {f"INGEST_{name}": value}).preparation_fingerprint() != plain


def test_every_fault_is_reported_at_once() -> None:
    lines = faults(
        {
            "INGEST_INSTANCE_NAME": "n" * 21,
            "INGEST_INSTANCE_REGION": "Singapore",
            "INGEST_QUEUE_URL": "ingest",
            "INGEST_MAX_SOURCE_MEGAPIXELS": "many",
            "INGEST_INSTANCE_TIMEOUT_SECONDS": "0",
            "INGEST_CA_BUNDLE": "/no/such/file.pem",
            "INGEST_BUCKET_TIMEOUT": "5",
        }
    )
    assert [line.split()[0] for line in lines] == [
        "INGEST_CA_BUNDLE",
        "INGEST_DEAD_LETTER_QUEUE_URL",
        "INGEST_INSTANCE_NAME",
        "INGEST_INSTANCE_REGION",
        "INGEST_INSTANCE_TIMEOUT_SECONDS",
        "INGEST_MAX_SOURCE_MEGAPIXELS",
        "INGEST_QUEUE_URL",
        "Unknown",
    ]
    assert lines[0] == "INGEST_CA_BUNDLE is '/no/such/file.pem': this file does not exist"
    assert lines[1] == "INGEST_DEAD_LETTER_QUEUE_URL is not set. URL of the dead-letter queue."
    assert lines[5] == "INGEST_MAX_SOURCE_MEGAPIXELS is 'many': must be a valid number"
    assert lines[7] == "Unknown setting INGEST_BUCKET_TIMEOUT. Did you mean INGEST_BUCKET_TIMEOUT_SECONDS?"


def test_an_empty_value_counts_as_unset() -> None:
    assert Settings.from_env(REQUIRED | {"INGEST_HTTPS_PROXY": ""}).https_proxy is None
    dead_letters = "INGEST_DEAD_LETTER_QUEUE_URL"
    assert faults(REQUIRED | {dead_letters: ""})[0].startswith(f"{dead_letters} is not set")


def test_a_ca_bundle_must_be_a_file(tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.touch()
    assert Settings.from_env(REQUIRED | {"INGEST_CA_BUNDLE": str(bundle)}).ca_bundle == bundle


def test_a_certificate_in_place_of_its_path_is_refused() -> None:
    certificate = "-----BEGIN CERTIFICATE-----\n" + "MIIDQTCCAimgAwIBAgITBmyfz5m+jAo54vB4ikPmljZbyjAN\n" * 20
    (line,) = faults(REQUIRED | {"INGEST_CA_BUNDLE": certificate})
    assert line.startswith("INGEST_CA_BUNDLE has 1007 characters: this is not the path of a file that can be read")


@pytest.mark.parametrize("field", Settings.model_fields)
def test_every_setting_has_a_description_and_a_unit(field: str) -> None:
    info = Settings.model_fields[field]
    assert info.description
    if info.annotation is float:
        assert variable(field).endswith(("_SECONDS", "_PER_SECOND", "_MEGABYTES", "_MEGAPIXELS"))


def test_each_attribute_but_region_has_a_default() -> None:
    """A region belongs to a single picture."""
    defaults = {field for field in Settings.model_fields if field.startswith("default_")}
    assert defaults == {f"default_{name}" for name in NAMES if name != "region"}


def test_unset_settings_leave_the_default_rule() -> None:
    settings = Settings.from_env(REQUIRED)
    assert settings.identity_rule() == IdentityRule()
    assert settings.default_attributes() == {}
    assert settings.on_removed == "delete"


def test_key_settings_make_the_rule() -> None:
    environ = {
        "INGEST_KEY_TEMPLATE": "{product_id}/{pic_name}",
        "INGEST_KEY_PREFIX": "in/",
        "INGEST_INCLUDE": "in/*.jpg, in/*.png",
        "INGEST_EXCLUDE": "*/draft-*",
    }
    rule = Settings.from_env(REQUIRED | environ).identity_rule()
    assert rule == IdentityRule.from_settings(
        template="{product_id}/{pic_name}", prefix="in/", include=("in/*.jpg", "in/*.png"), exclude=("*/draft-*",)
    )


def test_attribute_defaults_are_parsed() -> None:
    environ = {
        "INGEST_DEFAULT_CATEGORY_ID": "4",
        "INGEST_DEFAULT_INT_ATTR_2": "-7",
        "INGEST_DEFAULT_STR_ATTR": "汉字",
        "INGEST_DEFAULT_CUSTOM_CONTENT": "c",
        "INGEST_DEFAULT_CROP": "False",
    }
    assert Settings.from_env(REQUIRED | environ).default_attributes() == {
        "category_id": 4,
        "int_attr_2": -7,
        "str_attr": "汉字",
        "custom_content": "c",
        "crop": False,
    }


def test_attribute_defaults_are_checked_at_start() -> None:
    assert faults(
        REQUIRED
        | {
            "INGEST_DEFAULT_CATEGORY_ID": "shoes",
            "INGEST_DEFAULT_CROP": "yes",
            "INGEST_DEFAULT_CUSTOM_CONTENT": "c" * 4097,
            "INGEST_DEFAULT_INT_ATTR_4": "2147483648",
            "INGEST_DEFAULT_REGION": "0,1,0,1",
            "INGEST_DEFAULT_STR_ATTR_3": "100%",
        }
    ) == [
        "INGEST_DEFAULT_CATEGORY_ID is 'shoes': it must be a decimal number from -2147483648 to 2147483647",
        "INGEST_DEFAULT_CROP is 'yes': it must be true or false",
        "INGEST_DEFAULT_CUSTOM_CONTENT has 4097 characters: the limit is 4096",
        "INGEST_DEFAULT_INT_ATTR_4 is '2147483648': it must be a decimal number from -2147483648 to 2147483647",
        r"INGEST_DEFAULT_STR_ATTR_3 is '100%': it must not contain \ ¥ $ & or %",
        "Unknown setting INGEST_DEFAULT_REGION. Did you mean INGEST_DEFAULT_CROP?",
    ]


def test_key_rule_faults_are_reported_with_the_others() -> None:
    lines = faults(
        {
            **REQUIRED,
            "INGEST_INSTANCE_NAME": "",
            "INGEST_KEY_TEMPLATE": "{productid}{pic_name}",
            "INGEST_KEY_REGEX": r"(?P<product_id>(?=\w)",
            "INGEST_INCLUDE": ",",
            "INGEST_CATEGORY_WORDS": "shoes",
            "INGEST_METADATA": "none",
            "INGEST_ON_REMOVED": "forget",
        }
    )
    assert [line.split()[0] for line in lines] == [
        "INGEST_CATEGORY_WORDS",
        "INGEST_INCLUDE",
        "INGEST_INSTANCE_NAME",
        "INGEST_KEY_REGEX",
        "INGEST_KEY_REGEX",
        "INGEST_KEY_TEMPLATE",
        "INGEST_METADATA",
        "INGEST_ON_REMOVED",
    ]
    assert lines[3] == "INGEST_KEY_REGEX and INGEST_KEY_TEMPLATE are both set. Set only one of them."
    assert lines[4] == (
        r"INGEST_KEY_REGEX is '(?P<product_id>(?=\\w)': RE2 refuses '(?=': it has no lookahead. "
        "Match that text outside the groups"
    )
    assert lines[5].endswith(
        "no text separates 'productid' from 'pic_name'; 'productid' is not a field (did you mean product_id?); "
        "product_id is missing"
    )
    assert "'delete' or 'keep'" in lines[7]


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        (
            "INGEST_KEY_TEMPLATE",
            "{product_id}/{int_attr}/{pic_name}",
            "PicName does not contain the text of {int_attr}",
        ),
        ("INGEST_KEY_REGEX", "(?P<product_id>.*)/(?P<pic_name>.*)", "a regular expression may leave parts"),
    ],
)
@pytest.mark.parametrize("other", [{}, {"INGEST_QUEUE_URL": ""}, {"INGEST_ON_REMOVED": "keep"}])
def test_a_rule_with_collisions_is_refused(name: str, value: str, why: str, other: dict) -> None:
    """With INGEST_ON_REMOVED=keep, too: one upload would overwrite the picture of the other."""
    (line,) = faults(REQUIRED | other | {name: value})
    assert line.startswith(f"{name} makes IDs from which the key cannot be rebuilt: {why}")
    instead = " (write {*} in its place)" if name == "INGEST_KEY_TEMPLATE" else ""
    assert line.endswith(
        f" Leave pic_name out{instead}: then PicName is the whole key, and no two keys share an entry."
    )


def test_a_rule_whose_name_is_the_whole_key_is_accepted() -> None:
    environ = {"INGEST_KEY_REGEX": "(?P<pic_name>(?P<product_id>[^/]+)/.*)"}
    identity = Settings.from_env(REQUIRED | environ).identity_rule().identify("nike/SKU9/1.jpg")
    assert (identity.product_id, identity.pic_name) == ("nike", "nike/SKU9/1.jpg")


def test_blanks_around_a_value_are_no_part_of_it() -> None:
    environ = {
        "INGEST_INSTANCE_NAME": "\tdemo\r\n",
        "INGEST_BUCKET": " pictures\u00a0",
        "INGEST_KEY_PREFIX": "shoes/\n",
        "INGEST_DEAD_LETTER_QUEUE_URL": " https://sqs.example/1/dead/ ",
        "INGEST_KEY_TEMPLATE": "\n {product_id}_{_}\n | {a}/{_}\n -> {a}\n",
        "INGEST_JPEG_QUALITY": " 80 ",
        "INGEST_DEFAULT_INT_ATTR": " 7\n",
        "INGEST_HTTPS_PROXY": "  ",
        "INGEST_INCLUDE": "\n",
    }
    settings = Settings.from_env(REQUIRED | environ)
    assert (settings.instance_name, settings.bucket, settings.key_prefix) == ("demo", "pictures", "shoes/")
    assert settings.dead_letter_queue_url == "https://sqs.example/1/dead"
    assert [rule.text for rule in settings.identity_rule().grammars] == [
        "the template '{product_id}_{_}'",
        "the template '{a}/{_}\\n -> {a}'",
    ]
    assert (settings.jpeg_quality, settings.default_int_attr) == (80, 7)
    assert (settings.https_proxy, settings.include) == (None, ())


@pytest.mark.parametrize("field", ["INSTANCE_NAME", "INSTANCE_REGION", "DEAD_LETTER_QUEUE_URL"])
def test_a_blank_value_counts_as_unset(field: str) -> None:
    (line,) = faults(REQUIRED | {f"INGEST_{field}": " \t\n"})
    assert line.startswith(f"INGEST_{field} is not set")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("INSTANCE_NAME", "de{}mo"),
        ("INSTANCE_REGION", "ap-{}southeast-1"),
        ("QUEUE_URL", "https://sqs.example/1/in{}gest"),
        ("BUCKET", "pic{}tures"),
        ("BUCKET_ENDPOINT", "https://oss.{}example"),
        ("INSTANCE_ENDPOINT", "a.{}example"),
        ("HTTPS_PROXY", "http://proxy{}:1"),
        ("BACKGROUND", "#ffff{}ff"),
        ("KEY_TEMPLATE", "{{product_id}}/{}{{_}}"),
        ("KEY_REGEX", "(?P<product_id>.*){}/.*"),
        ("KEY_PREFIX", "sho{}es/"),
        ("INCLUDE", "*.j{}pg"),
        ("EXCLUDE", "thumbs{}/*"),
        ("CATEGORY_WORDS", "sh{}oes:3"),
        ("METADATA", "category{}-id"),
        ("ON_REMOVED", "ke{}ep"),
        ("DEFAULT_STR_ATTR", "re{}d"),
    ],
)
@pytest.mark.parametrize(
    ("character", "name_of_it"),
    [
        ("\u200b", "U+200B (zero width space)"),
        ("\ufeff", "U+FEFF (zero width no-break space)"),
        ("\u00a0", "U+00A0 (no-break space)"),
        ("\u202e", "U+202E (right-to-left override)"),
        ("\x1b", "U+001B (a control character)"),
        ("\t", "U+0009 (a tab)"),
    ],
)
def test_a_character_that_nobody_sees_is_named(name: str, value: str, character: str, name_of_it: str) -> None:
    lines = faults(REQUIRED | {f"INGEST_{name}": value.format(character)})
    (line,) = [line for line in lines if line.startswith(f"INGEST_{name} is {value.format(character)!r}")]
    assert line.endswith(f": it contains the character {name_of_it}; remove it")


def test_a_secret_with_an_invisible_character_stays_hidden() -> None:
    assert faults(REQUIRED | {"INGEST_CREDENTIALS_SECRET": "ses\u200bame"}) == [
        "INGEST_CREDENTIALS_SECRET is '***': it contains the character U+200B (zero width space); remove it"
    ]


def test_keys_and_contents_may_hold_what_their_script_needs() -> None:
    """Persian joins letters without width, some emoji are joined, and Chinese has wide blanks."""
    environ = {
        "INGEST_KEY_PREFIX": "می\u200cخوریم/商品　写真/",
        "INGEST_INCLUDE": "*/👩\u200d👧/*",
        "INGEST_DEFAULT_STR_ATTR": "👩\u200d👧",
        "INGEST_DEFAULT_CUSTOM_CONTENT": '"a\n\u200bb"',
    }
    settings = Settings.from_env(REQUIRED | environ)
    assert settings.key_prefix == "می\u200cخوریم/商品　写真/"
    assert settings.default_custom_content == '"a\n\u200bb"'


@pytest.mark.parametrize("name", ["QUEUE_URL", "DEAD_LETTER_QUEUE_URL"])
@pytest.mark.parametrize(("around", "character"), [("{}\n", "U+000A"), ("\r\n{}", "U+000D"), ("{}\u00a0", "U+00A0")])
def test_a_line_break_at_the_end_of_a_queue_is_refused(name: str, around: str, character: str) -> None:
    (line,) = faults(REQUIRED | {f"INGEST_{name}": around.format("https://sqs.example/1/other")})
    assert line.startswith(f"INGEST_{name} is ")
    assert f"it contains the character {character} " in line


@pytest.mark.parametrize("name", ["INSTANCE_NAME", "BUCKET", "KEY_PREFIX", "KEY_TEMPLATE", "DEFAULT_STR_ATTR"])
@pytest.mark.parametrize("quote", ["'", '"'])
def test_quotes_around_a_value_are_refused(name: str, quote: str) -> None:
    value = f"{quote}{{product_id}}{quote}"
    assert faults(REQUIRED | {f"INGEST_{name}": value}) == [f"INGEST_{name} is {value!r}: remove the quotes around it"]


def test_settings_that_contradict_each_other_are_refused() -> None:
    (line,) = faults(REQUIRED | {"INGEST_KEY_PREFIX": "shoes/", "INGEST_INCLUDE": "*.jpg,bags/*"})
    assert line == (
        "INGEST_INCLUDE contains 'bags/*', but no key that begins with INGEST_KEY_PREFIX, which is 'shoes/', can "
        "match. Patterns are matched against the whole key: write 'shoes/bags/*', or change one of the two."
    )
    (line,) = faults(REQUIRED | {"INGEST_KEY_PREFIX": "shoes/", "INGEST_EXCLUDE": "thumbs/*"})
    assert line.startswith("INGEST_EXCLUDE contains 'thumbs/*', but no key")
    assert faults(REQUIRED | {"INGEST_INCLUDE": "*.jpg", "INGEST_EXCLUDE": "*.JPG"}) == [
        "INGEST_INCLUDE contains '*.jpg', but INGEST_EXCLUDE excludes all of its keys. Remove one."
    ]
    assert faults(REQUIRED | {"INGEST_EXCLUDE": "**"}) == [
        "INGEST_EXCLUDE excludes every key. Remove the pattern that matches everything."
    ]


@pytest.mark.parametrize(
    "url",
    [
        "https://sqs.example/1/ingest",
        "https://sqs.example/1/ingest/",
        " https://SQS.Example:443/1/ingest ",
        "http://sqs.example/1/ingest",
    ],
)
def test_the_dead_letter_queue_is_another_queue(url: str) -> None:
    (line,) = faults(REQUIRED | {"INGEST_DEAD_LETTER_QUEUE_URL": url})
    assert line == (
        "INGEST_DEAD_LETTER_QUEUE_URL is the same queue as INGEST_QUEUE_URL. Dead letters would come back as uploads. "
        "Use a queue of its own."
    )


def test_category_words_and_their_field_belong_together() -> None:
    rule = {"INGEST_KEY_TEMPLATE": "{category_word}/{product_id}/{_}"}
    words = {"INGEST_CATEGORY_WORDS": "Shoes:3,bags:4"}
    assert faults(REQUIRED | rule) == [
        "INGEST_CATEGORY_WORDS is not set, but the key rule has the field category_word. Set it to words like shoes:3."
    ]
    assert faults(REQUIRED | words) == [
        "INGEST_CATEGORY_WORDS is set, but the key rule has no field category_word. Add it, or remove the words."
    ]
    assert Settings.from_env(REQUIRED | rule | words).category_words == {"shoes": 3, "bags": 4}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("all", set(NAMES)),
        ("OFF", set()),
        ("category-id,str-attr", {"category_id", "str_attr"}),
        (" category_id , imagesearch-str-attr-2,", {"category_id", "str_attr_2"}),
    ],
)
def test_metadata_may_set_all_or_nothing_or_some(text: str, names: set[str]) -> None:
    assert Settings.from_env(REQUIRED | {"INGEST_METADATA": text}).attribute_policy().from_metadata == names


def test_keys_do_not_begin_with_a_slash_or_a_bucket() -> None:
    assert faults(REQUIRED | {"INGEST_KEY_TEMPLATE": "/{product_id}/{pic_name}"}) == [
        "INGEST_KEY_TEMPLATE is '/{product_id}/{pic_name}': keys begin without '/'; write '{product_id}/{pic_name}'"
    ]
    assert faults(REQUIRED | {"INGEST_KEY_TEMPLATE": "s3://pictures/{product_id}/{_}"}) == [
        "INGEST_KEY_TEMPLATE is 's3://pictures/{product_id}/{_}': keys do not begin with the bucket; leave it out"
    ]
    assert Settings.from_env(REQUIRED | {"INGEST_KEY_TEMPLATE": "/{product_id}/{_}"})
    assert Settings.from_env(REQUIRED | {"INGEST_KEY_TEMPLATE": "/{product_id}/{pic_name}", "INGEST_KEY_PREFIX": "in"})
    (line,) = faults(REQUIRED | {"INGEST_KEY_TEMPLATE": "/{product_id}/{pic_name}", "INGEST_KEY_PREFIX": "in/"})
    assert line.endswith(
        ": INGEST_KEY_PREFIX ends in '/' and is removed before matching; write '{product_id}/{pic_name}'"
    )


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{product_id}/*.jpg", "*"),
        ("{product_id}_*", "*"),
        (r"{product_id}_\d+.jpg", r"\d+"),
        (r"{product_id}_\d{_}.jpg | {product_id}\.{jpg|png}", r"\."),
    ],
)
def test_a_template_has_no_wildcards_but_fields(template: str, text: str) -> None:
    (line,) = faults(REQUIRED | {"INGEST_KEY_TEMPLATE": template})
    assert line.endswith(
        f"{text!r} is plain text in a template; write {{_}} or {{*}} for any text, or use INGEST_KEY_REGEX"
    )


@pytest.mark.parametrize(
    "template", ["{product_id}/{*}", "{product_id} ({_}).jpg", r"{product_id}\{_}.jpg", "{product_id}?{_}"]
)
def test_a_template_may_hold_what_keys_hold(template: str) -> None:
    assert Settings.from_env(REQUIRED | {"INGEST_KEY_TEMPLATE": template})


@pytest.mark.parametrize("anchor", ["", "^", "(?i)^", r"\A"])
def test_a_regex_does_not_begin_with_a_slash_or_the_prefix(anchor: str) -> None:
    regex = "(?P<product_id>[^/]+)/.*"
    (line,) = faults(REQUIRED | {"INGEST_KEY_REGEX": f"{anchor}/{regex}"})
    assert line.endswith(f": keys begin without '/'; write {anchor + regex!r}")
    (line,) = faults(REQUIRED | {"INGEST_KEY_REGEX": f"{anchor}in/{regex}", "INGEST_KEY_PREFIX": "in/"})
    assert line.endswith(f": INGEST_KEY_PREFIX is removed before matching; write {anchor + regex!r}")


@pytest.mark.parametrize("beginning", ["/?", "/*", "/{0,1}", "/x|", "in/?", "(?:/a)?"])
def test_a_regex_may_begin_with_what_is_optional(beginning: str) -> None:
    regex = f"{beginning}(?P<product_id>[^/]+)/.*"
    assert Settings.from_env(REQUIRED | {"INGEST_KEY_REGEX": regex, "INGEST_KEY_PREFIX": "in/"})


@pytest.mark.parametrize("value", ["null", "None", "undefined", "$BUCKET", "${BUCKET}", "{{bucket}}", "<your-bucket>"])
@pytest.mark.parametrize("name", ["BUCKET", "INSTANCE_NAME", "KEY_PREFIX"])
def test_a_placeholder_is_no_value(name: str, value: str) -> None:
    lines = faults(REQUIRED | {f"INGEST_{name}": value})
    assert lines == [f"INGEST_{name} is {value!r}: it is a placeholder; write the value"]


def test_a_rule_does_not_repeat_the_prefix() -> None:
    environ = {"INGEST_KEY_PREFIX": "in/", "INGEST_KEY_TEMPLATE": "{product_id}.{_} | in/{product_id}/{_}"}
    (line,) = faults(REQUIRED | environ)
    assert line.endswith(
        "is 'in/{product_id}/{_}': INGEST_KEY_PREFIX is removed before matching; write '{product_id}/{_}'"
    )


CHANGES = {
    "KEY_TEMPLATE": "{product_id}/{_}",
    "KEY_REGEX": "(?P<product_id>.*)",
    "KEY_PREFIX": "in/",
    "INCLUDE": "*.jpg",
    "EXCLUDE": "*.tmp",
    "METADATA": "off",
    "DEFAULT_CATEGORY_ID": "3",
}


@pytest.mark.parametrize("name", CHANGES)
def test_the_rule_has_a_fingerprint(name: str) -> None:
    plain = Settings.from_env(REQUIRED).rule_fingerprint()
    assert Settings.from_env(REQUIRED | {f"INGEST_{name}": CHANGES[name]}).rule_fingerprint() != plain
    assert Settings.from_env(REQUIRED | {"INGEST_BACKGROUND": "#000000"}).rule_fingerprint() == plain


def test_the_rule_changes_with_the_category_words() -> None:
    """A letter about an unknown word is sent again once the word is known."""
    environ = REQUIRED | {"INGEST_KEY_TEMPLATE": "{category_word}/{product_id}/{_}"}
    words = ("shoes:3", "shoes:3,bags:4")
    assert len({Settings.from_env(environ | {"INGEST_CATEGORY_WORDS": text}).rule_fingerprint() for text in words}) == 2


@pytest.mark.parametrize("name", ["MAX_SOURCE_MEGABYTES", "MAX_SOURCE_MEGAPIXELS"])
def test_a_larger_limit_changes_the_preparation(name: str) -> None:
    plain = Settings.from_env(REQUIRED).preparation_fingerprint()
    assert Settings.from_env(REQUIRED | {f"INGEST_{name}": "100"}).preparation_fingerprint() != plain


def test_values_that_mean_the_same_have_one_fingerprint() -> None:
    texts = ("*.{jpg,png}", " *.jpg, *.png", '["*.jpg","*.png"]', "*.jpg\n*.png")
    assert len({Settings.from_env(REQUIRED | {"INGEST_INCLUDE": text}).fingerprint() for text in texts}) == 1


PIECES = st.sampled_from(
    [
        *"abz019 /\\{}[]()|,;:.*?!^$%'\"<>=_-~#@&\n\t\u200b\u00a0é鞋",
        *("://", "s3://", "https://", "arn:aws:", "sqs:", "..", "**/", ".fifo", ":443", "%20", " | ", " -> "),
        *("{product_id}", "{pic_name}", "{_}", "{*}", "(?P<product_id>", "(?P<pic_name>"),
    ]
)
TEXTS = st.lists(PIECES, max_size=12).map("".join)
FIELDS = st.sampled_from([variable(name) for name in Settings.model_fields])


@given(st.dictionaries(FIELDS, TEXTS, max_size=6))
def test_no_value_breaks_the_check(environ: dict[str, str]) -> None:
    """Whatever is written, the start succeeds or says what is wrong."""
    lines: list[str] = []
    try:
        made = Settings.from_env(REQUIRED | environ)
        made.identity_rule()
        made.attribute_policy()
    except SettingsError as error:
        lines = str(error).splitlines()
    assert all(line.startswith(("INGEST_", "Unknown")) for line in lines)
