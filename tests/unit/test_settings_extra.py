"""Settings in ``INGEST_EXTRA_SETTINGS`` are settings like all others."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagesearch_ingest.bootstrap.alibaba import fc_worker
from imagesearch_ingest.bootstrap.aws import lambda_worker
from imagesearch_ingest.model.errors import SettingsError
from imagesearch_ingest.settings import Settings
from tests.unit.test_settings import FIELDS, REQUIRED, TEXTS, faults


def extra(**values: object) -> dict[str, str]:
    return {"INGEST_EXTRA_SETTINGS": json.dumps({f"INGEST_{name}": value for name, value in values.items()})}


def test_texts_numbers_and_booleans_become_settings() -> None:
    settings = Settings.from_env(
        REQUIRED | extra(JPEG_QUALITY=85, ADDS_PER_SECOND=0.5, DEFAULT_CROP=True, EXCLUDE="tmp/,*.gif")
    )
    assert (settings.jpeg_quality, settings.adds_per_second, settings.default_crop) == (85, 0.5, True)
    assert settings.exclude == ("tmp/", "*.gif")


def test_required_settings_may_be_among_them() -> None:
    names = {name.removeprefix("INGEST_"): value for name, value in REQUIRED.items()}
    assert Settings.from_env(extra(**names)) == Settings.from_env(REQUIRED)


def test_the_way_leaves_no_trace_in_the_fingerprint() -> None:
    direct = Settings.from_env(REQUIRED | {"INGEST_JPEG_QUALITY": "85"})
    assert Settings.from_env(REQUIRED | extra(JPEG_QUALITY=85)).fingerprint() == direct.fingerprint()


def test_every_fault_says_where_it_is() -> None:
    environ = REQUIRED | extra(JPEG_QUALITY=900, JPG_QUALITY=5, INSTANCE_NAME="other", INCLUDE=["a"])
    environ |= {"INGEST_MAX_SIDE_PIXELS": "5"}
    assert faults(environ) == [
        (
            "INGEST_EXTRA_SETTINGS contains INGEST_INCLUDE, whose value is a list. Write one text with commas, such as "
            '"*.jpg,*.png".'
        ),
        "INGEST_EXTRA_SETTINGS contains INGEST_INSTANCE_NAME, which is also set as a variable. Remove one of the two.",
        "INGEST_JPEG_QUALITY (in INGEST_EXTRA_SETTINGS) is '900': must be less than or equal to 95",
        "INGEST_MAX_SIDE_PIXELS is '5': must be greater than or equal to 100",
        "Unknown setting INGEST_JPG_QUALITY (in INGEST_EXTRA_SETTINGS). Did you mean INGEST_JPEG_QUALITY?",
    ]


def test_rules_between_settings_hold_for_them() -> None:
    (line,) = faults(REQUIRED | extra(KEY_REGEX="(?P<product_id>.*)") | {"INGEST_KEY_TEMPLATE": "{product_id}/{_}"})
    assert line == (
        "INGEST_KEY_REGEX (in INGEST_EXTRA_SETTINGS) and INGEST_KEY_TEMPLATE are both set. Set only one of them."
    )


def test_a_misspelt_variable_suggests_its_name() -> None:
    assert faults(REQUIRED | {"INGEST_EXTRA_SETTING": "{}"}) == [
        "Unknown setting INGEST_EXTRA_SETTING. Did you mean INGEST_EXTRA_SETTINGS?"
    ]


def test_a_misplaced_secret_in_them_stays_hidden() -> None:
    text = json.dumps(
        {
            "INGEST_CREDENTIALS_SECRET": '{"access_key_secret": "sesame-planted"}',
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "sesame-planted",
            "INGEST_HTTPS_PROXY": "ftp://user:sesame-planted@proxy",
            "INGEST_INCLUDE": ["sesame-planted"],
            "INGEST_NEW": "sesame-planted",
        }
    )
    for variant in (text, text[:-1], text.replace('"', "'"), f"[{text}]"):
        with pytest.raises(SettingsError) as error:
            Settings.from_env(REQUIRED | {"INGEST_EXTRA_SETTINGS": variant})
        assert "sesame" not in str(error.value)


@pytest.mark.parametrize("worker", [lambda_worker, fc_worker])
def test_each_cloud_judges_them_as_its_own(worker) -> None:
    values = {"BUCKET_ENDPOINT": "https://oss-cn-shanghai.aliyuncs.com", "CREDENTIALS_SECRET": "name"}
    with pytest.raises(SettingsError) as error:
        worker(REQUIRED | extra(**values) | {"FC_REGION": "cn-shanghai"})
    refused = "INGEST_BUCKET_ENDPOINT" if worker is lambda_worker else "INGEST_CREDENTIALS_SECRET"
    assert f"{refused} (in INGEST_EXTRA_SETTINGS) is set, but it works on " in str(error.value)


@given(st.dictionaries(FIELDS, TEXTS, max_size=6))
def test_a_value_means_the_same_either_way(environ: dict[str, str]) -> None:
    others = {name: value for name, value in REQUIRED.items() if name not in environ}
    assert _read(others | _fold(environ)) == _read(others | environ)


def _fold(environ: dict[str, str]) -> dict[str, str]:
    return {"INGEST_EXTRA_SETTINGS": json.dumps({name: value for name, value in environ.items() if value.strip()})}


def _read(environ: dict[str, str]) -> Settings | list[str]:
    try:
        return Settings.from_env(environ)
    except SettingsError as error:
        return sorted(str(error).replace(" (in INGEST_EXTRA_SETTINGS)", "").splitlines())


@given(TEXTS)
def test_no_text_breaks_the_check(text: str) -> None:
    found = _read(REQUIRED | {"INGEST_EXTRA_SETTINGS": text})
    assert isinstance(found, Settings) or all(line.startswith(("INGEST_", "Unknown")) for line in found)
