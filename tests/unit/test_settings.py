from pathlib import Path

import pytest

from imagesearch_ingest.attributes import NAMES
from imagesearch_ingest.identity import IdentityRule
from imagesearch_ingest.images.policy import Animations, Policy, SmallPictures
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
    assert settings.max_source_megapixels == 64


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("SERVICE_TYPE", "cloth", "must be 'product', 'generic', 'fabric' or 'trademark'"),
        ("SMALL_PICTURES", "grow", "must be 'reject', 'pad' or 'upscale'"),
        ("ANIMATIONS", "all", "must be 'first_frame' or 'reject'"),
        ("BACKGROUND", "white", "must be written as #rrggbb, such as #ffffff for white"),
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
            quality=50,
            min_quality=50,  # the default is higher: a value that is not set gives way
        )
    )


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
            "INGEST_ON_REMOVED": "forget",
        }
    )
    assert [line.split()[0] for line in lines] == [
        "INGEST_INCLUDE",
        "INGEST_INSTANCE_NAME",
        "INGEST_KEY_REGEX",
        "INGEST_KEY_REGEX",
        "INGEST_KEY_TEMPLATE",
        "INGEST_ON_REMOVED",
    ]
    assert lines[2] == "INGEST_KEY_REGEX and INGEST_KEY_TEMPLATE are both set. Set only one of them."
    assert lines[3] == (
        r"INGEST_KEY_REGEX is '(?P<product_id>(?=\\w)': RE2 refuses '(?=': it has no lookahead. "
        "Match that text outside the groups"
    )
    assert lines[4].endswith(
        "no text separates 'productid' from 'pic_name'; 'productid' is not a field (did you mean product_id?); "
        "product_id is missing"
    )
    assert "'delete' or 'keep'" in lines[5]


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
@pytest.mark.parametrize("other", [{}, {"INGEST_QUEUE_URL": ""}, {"INGEST_ON_REMOVED": "delete"}])
def test_shared_ids_require_keeping_entries(name: str, value: str, why: str, other: dict) -> None:
    line = next(line for line in faults(REQUIRED | other | {name: value}) if line.startswith(name))
    assert line.startswith(f"{name} makes IDs from which the key cannot be rebuilt: {why}")
    assert line.endswith("Change the rule or set INGEST_ON_REMOVED=keep.")
    assert Settings.from_env(REQUIRED | {name: value, "INGEST_ON_REMOVED": "keep"}).on_removed == "keep"
