"""Every setting changes what the deployed handler does: one row, or one test of its own, for each field."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from imagesearch_ingest.model.errors import SettingsError
from imagesearch_ingest.settings import Settings, variable
from local_cloud.clouds.aws import AwsCloud
from tests.support.lambda_function import LambdaFunction, QuickAwsCloud, created, removed
from tests.support.pictures import encode, jpeg, scene

KEY = "shoes/2092061/front.jpg"


def noise() -> bytes:
    """Return a picture that fits into 4 MB at quality 80, and not at 90."""
    return encode(Image.effect_noise((2400, 2400), 90), quality=95)


def animation() -> bytes:
    frames = [scene(), scene().rotate(180)]
    return encode(frames[0], "GIF", save_all=True, append_images=frames[1:])


def transparent() -> bytes:
    return encode(Image.new("RGBA", (200, 200), (0, 0, 0, 0)), "PNG")


def white_on_clear() -> bytes:
    image = Image.new("RGBA", (200, 200), (0, 0, 0, 0))
    image.paste((255, 255, 255, 255), (50, 50, 150, 150))
    return encode(image, "PNG")


def blank() -> bytes:
    return encode(Image.new("RGB", (200, 200), (250, 250, 250)), quality=90)


def wide_png() -> bytes:
    return encode(Image.effect_noise((400, 400), 60).convert("RGBA"), "PNG")


# What is observed.


def outcome(function: LambdaFunction) -> str:
    return function.outcome


def product_id(function: LambdaFunction) -> str:
    return function.entry.product_id


def sides(function: LambdaFunction) -> tuple[int, int]:
    return function.entry.width, function.entry.height


def middle_pixel(function: LambdaFunction) -> tuple[int, int, int]:
    """Return the colour at the centre, rounded to what a JPEG keeps exactly."""
    return _pixel(function, 0.5)


def first_pixel(function: LambdaFunction) -> tuple[int, int, int]:
    return _pixel(function, 0)


def _pixel(function: LambdaFunction, share: float) -> tuple[int, int, int]:
    image = Image.open(BytesIO(function.entry.picture)).convert("RGB")
    red, green, blue = image.getpixel((int(image.width * share), int(image.height * share)))
    return round(red / 51) * 51, round(green / 51) * 51, round(blue / 51) * 51


def first_quantization_step(function: LambdaFunction) -> int:
    """Return the first number of the JPEG's luminance table: 3 at quality 90, 16 at 50."""
    return Image.open(BytesIO(function.entry.picture)).quantization[0][0]


def attributes(function: LambdaFunction) -> dict[str, Any]:
    return function.entry.attributes


def stack_of_metrics(function: LambdaFunction) -> str:
    return function.metrics[-1]["stack"]


def entries_left(function: LambdaFunction) -> int:
    """Return the number of entries after the object was removed."""
    function.cloud.remove(KEY)
    function(removed(KEY))
    return len(function.cloud.image_search.entries())


@dataclass(frozen=True)
class Row:
    """One setting: what the handler does without it, and with ``value``. ``None`` unsets the variable."""

    setting: str
    value: str | None
    without: object
    with_it: object
    observe: Callable[[LambdaFunction], object] = outcome
    data: Callable[[], bytes] = jpeg
    key: str = KEY
    beside: Mapping[str, str] = field(default_factory=dict)  # variables that ``value`` needs
    metadata: Mapping[str, str] = field(default_factory=dict)  # of the object


WORD_RULE = {"INGEST_KEY_TEMPLATE": "{category_word}/{product_id}/{_}"}
CATEGORY = {"imagesearch-category-id": "7", "imagesearch-str-attr": "red"}
ROWS = [
    Row("instance_name", "other", "added", "failed: instance_unavailable"),
    Row("instance_region", "cn-beijing", "added", "failed: network"),
    Row("bucket", "other", "added", "skipped: other_bucket"),
    Row("bucket", "pictures", "added", "added"),
    Row("bucket", " s3://pictures/\n", "added", "added"),
    Row("stack_name", "shop", "local", "shop", stack_of_metrics),
    Row("instance_endpoint", "elsewhere.example.com", "added", "failed: network"),
    Row("https_proxy", "http://127.0.0.1:9", "added", "failed: network"),
    Row("ca_bundle", None, "added", "failed: settings_refused"),
    Row("max_source_megabytes", "0.001", "added", "rejected: object_too_large"),
    Row("max_source_megapixels", "0.05", "added", "rejected: too_many_pixels"),
    Row("service_type", "fabric", "added", "rejected: image_too_small"),
    Row("max_side_pixels", "160", (320, 200), (160, 100), sides),
    Row("small_pictures", "pad", "rejected: image_too_small", "added", data=lambda: jpeg(320, 60)),
    Row("small_pictures", "upscale", "rejected: image_too_small", "added", data=lambda: jpeg(320, 60)),
    Row("animations", "reject", "added", "rejected: too_many_frames", data=animation),
    Row("background", "#ff0000", (255, 255, 255), (255, 0, 0), middle_pixel, transparent),
    Row("background_if_unseen", "#ff0000", (153, 153, 153), (255, 0, 0), first_pixel, white_on_clear),
    Row("background_if_unseen", "off", (153, 153, 153), (255, 255, 255), first_pixel, white_on_clear),
    Row("blank_pictures", "reject", "added", "rejected: image_blank", data=blank),
    Row("jpeg_quality", "50", 3, 16, first_quantization_step, wide_png),
    Row("min_jpeg_quality", "90", (2400, 2400), (1800, 1800), sides, noise),
    Row("key_template", "{product_id}/{pic_name}", "2092061", "shoes", product_id),
    Row("key_template", "{a}.{_} -> {a} | {a}/{b}/{_} -> {a}-{b}", "2092061", "shoes-2092061", product_id),
    Row("key_regex", r"(?P<pic_name>(?P<product_id>\w+)/.*)", "2092061", "shoes", product_id),
    Row("category_words", "hats:4,shoes:3", {}, {"CategoryId": 3}, attributes, beside=WORD_RULE),
    Row("category_words", "hats:4", "added", "rejected: category_invalid", beside=WORD_RULE),
    Row("metadata", "off", {"CategoryId": 7, "StrAttr": "red"}, {}, attributes, metadata=CATEGORY),
    Row("metadata", "str-attr", {"CategoryId": 7, "StrAttr": "red"}, {"StrAttr": "red"}, attributes, metadata=CATEGORY),
    Row("metadata", "off", "rejected: attribute_invalid", "added", metadata={"imagesearch-strattr": "red"}),
    Row("key_prefix", "shoes/", "shoes", "front", product_id, key="shoes/front.jpg"),
    Row("key_prefix", "hats/", "added", "skipped: excluded"),
    Row("include", "hats/*", "added", "skipped: excluded"),
    Row("include", "*.{JPG,png}", "added", "added"),
    Row("exclude", "shoes/*", "added", "skipped: excluded"),
    Row("exclude", "2092061/", "added", "skipped: excluded"),
    Row("on_removed", "keep", 0, 1, entries_left),
    Row("default_category_id", "3", {}, {"CategoryId": 3}, attributes),
    Row("default_int_attr", "11", {}, {"IntAttr": 11}, attributes),
    Row("default_int_attr_2", "12", {}, {"IntAttr2": 12}, attributes),
    Row("default_int_attr_3", "13", {}, {"IntAttr3": 13}, attributes),
    Row("default_int_attr_4", "14", {}, {"IntAttr4": 14}, attributes),
    Row("default_str_attr", "one", {}, {"StrAttr": "one"}, attributes),
    Row("default_str_attr_2", "two", {}, {"StrAttr2": "two"}, attributes),
    Row("default_str_attr_3", "three", {}, {"StrAttr3": "three"}, attributes),
    Row("default_str_attr_4", "four", {}, {"StrAttr4": "four"}, attributes),
    Row("default_custom_content", "new", {}, {"CustomContent": "new"}, attributes),
    Row("default_crop", "false", {}, {"Crop": False}, attributes),
]

# Settings whose effect needs more than one upload to see: the file and the test that shows it.
ELSEWHERE = {
    "adds_per_second": ("test_wiring_pace.py", "test_workers_share_the_adds"),
    "bucket_endpoint": ("test_wiring_alibaba.py", "test_bucket_endpoint_is_used"),
    "bucket_timeout_seconds": ("test_wiring_timeouts.py", "test_silent_bucket_is_given_up"),
    "connect_timeout_seconds": ("test_wiring_timeouts.py", "test_unreachable_bucket_is_given_up"),
    "credentials_secret": ("test_credentials_secret.py", "test_key_of_secret_adds_picture"),
    "dead_letter_queue_url": ("test_wiring_aws.py", "test_letter_goes_to_the_named_queue"),
    "deletes_per_second": ("test_wiring_pace.py", "test_workers_share_the_deletes"),
    "function_timeout_seconds": ("test_wiring_alibaba.py", "test_container_has_the_time_of_its_setting"),
    "instance_timeout_seconds": ("test_wiring_timeouts.py", "test_silent_instance_is_given_up"),
    "max_concurrency": ("test_wiring_pace.py", "test_workers_share_the_adds"),
    "oidc_audience": ("test_wiring_keyless.py", "test_audience_is_that_of_the_tokens"),
    "oidc_provider_arn": ("test_wiring_keyless.py", "test_role_and_provider_give_the_key"),
    "rate_share_percent": ("test_wiring_pace.py", "test_share_scales_both_rates"),
    "queue_url": ("test_wiring_aws.py", "test_settled_message_is_deleted_at_once"),
    "role_arn": ("test_wiring_keyless.py", "test_role_and_provider_give_the_key"),
    "sts_endpoint": ("test_wiring_keyless.py", "test_endpoint_of_sts_is_used"),
    "upload_endpoint_type": ("test_wiring_aws.py", "test_upload_goes_to_the_chosen_endpoint"),
}


@pytest.fixture(scope="module")
def cloud() -> Iterator[AwsCloud]:
    with QuickAwsCloud(with_function=False) as cloud:
        yield cloud


@pytest.fixture
def function(cloud: AwsCloud, monkeypatch, capsys) -> Iterator[LambdaFunction]:
    function = LambdaFunction(cloud, monkeypatch, capsys)
    yield function
    function.stop()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.setting}={row.value}")
def test_setting_changes_the_outcome(function: LambdaFunction, cloud: AwsCloud, row: Row) -> None:
    cloud.upload(row.key, row.data(), metadata=dict(row.metadata))
    function(created(row.key))
    assert row.observe(function) == row.without
    cloud.image_search.reset()
    cloud.upload(row.key, row.data(), metadata=dict(row.metadata))
    function.start(**{variable(row.setting): row.value}, **row.beside)
    function(created(row.key))
    assert row.observe(function) == row.with_it


def test_extra_settings_change_the_outcome(function: LambdaFunction, cloud: AwsCloud) -> None:
    cloud.upload(KEY, wide_png())
    function.start(INGEST_EXTRA_SETTINGS='{"INGEST_JPEG_QUALITY": 50, "INGEST_DEFAULT_CROP": false}')
    function(created(KEY))
    assert (first_quantization_step(function), attributes(function)) == (16, {"Crop": False})


def test_wrong_extra_settings_stop_the_start(function: LambdaFunction, cloud: AwsCloud) -> None:
    cloud.upload(KEY, jpeg())
    function.start(INGEST_EXTRA_SETTINGS='{"INGEST_JPEG_QUALITY": 900}')
    with pytest.raises(SettingsError, match=r"INGEST_JPEG_QUALITY \(in INGEST_EXTRA_SETTINGS\) is '900'"):
        function(created(KEY))
    assert cloud.image_search.entries() == []


def test_every_setting_has_a_test() -> None:
    assert {row.setting for row in ROWS} | ELSEWHERE.keys() == set(Settings.model_fields)


@pytest.mark.parametrize(("file", "test"), ELSEWHERE.values(), ids=ELSEWHERE)
def test_every_test_named_above_exists(file: str, test: str) -> None:
    assert f"\ndef {test}(" in (Path(__file__).parent / file).read_text(encoding="utf-8")
