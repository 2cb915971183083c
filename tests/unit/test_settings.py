from pathlib import Path

import pytest

from imagesearch_ingest.errors import SettingsError
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


def test_the_required_ones_are_enough() -> None:
    settings = Settings.from_env(REQUIRED | {"PATH": "/bin", "AWS_REGION": "x"})
    assert settings.instance_name == "demo"
    assert settings.max_source_megapixels == 64


def test_every_fault_is_told_at_once_each_with_its_variable() -> None:
    lines = faults(
        {
            "INGEST_INSTANCE_NAME": "n" * 21,
            "INGEST_INSTANCE_REGION": "Singapore",
            "INGEST_QUEUE_URL": "ingest",
            "INGEST_MAX_SOURCE_MEGAPIXELS": "many",
            "INGEST_READ_TIMEOUT_SECONDS": "0",
            "INGEST_CA_BUNDLE": "/no/such/file.pem",
            "INGEST_FETCH_TIMEOUT": "5",
        }
    )
    assert [line.split()[0] for line in lines] == [
        "INGEST_CA_BUNDLE",
        "INGEST_DEAD_LETTER_QUEUE_URL",
        "INGEST_FETCH_TIMEOUT",
        "INGEST_INSTANCE_NAME",
        "INGEST_INSTANCE_REGION",
        "INGEST_MAX_SOURCE_MEGAPIXELS",
        "INGEST_QUEUE_URL",
        "INGEST_READ_TIMEOUT_SECONDS",
    ]
    assert "no such file" in lines[0]
    assert "is not set" in lines[1]
    assert "Is INGEST_FETCH_TIMEOUT_SECONDS meant?" in lines[2]
    assert "'many'" in lines[5]


def test_an_empty_value_counts_as_unset() -> None:
    assert Settings.from_env(REQUIRED | {"INGEST_HTTPS_PROXY": ""}).https_proxy is None
    assert faults(REQUIRED | {"INGEST_QUEUE_URL": ""})[0].startswith("INGEST_QUEUE_URL is not set")


def test_a_ca_bundle_must_be_a_file(tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.touch()
    assert Settings.from_env(REQUIRED | {"INGEST_CA_BUNDLE": str(bundle)}).ca_bundle == bundle


@pytest.mark.parametrize("field", Settings.model_fields)
def test_every_setting_says_what_it_is_for_and_has_its_unit_in_its_name(field: str) -> None:
    info = Settings.model_fields[field]
    assert info.description
    if info.annotation is float:
        assert variable(field).endswith(("_SECONDS", "_MEGABYTES", "_MEGAPIXELS"))
