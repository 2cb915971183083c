from pathlib import Path

import certifi
import pytest

from imagesearch_ingest.bootstrap.alibaba import fc_worker
from imagesearch_ingest.bootstrap.alibaba_settings import faults_on_alibaba
from imagesearch_ingest.model.errors import SettingsError

GOOD = {
    "FC_REGION": "cn-shanghai",
    "INGEST_INSTANCE_NAME": "demo",
    "INGEST_INSTANCE_REGION": "cn-shanghai",
    "INGEST_QUEUE_URL": "https://1.mns.cn-shanghai-internal.aliyuncs.com/queues/ingest",
    "INGEST_DEAD_LETTER_QUEUE_URL": "http://1.mns.cn-shanghai.aliyuncs.com/queues/dead",
}
SQS_URL = "https://sqs.us-east-1.amazonaws.com/1/ingest"


def test_all_faults_are_reported_at_once(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    environ = {
        "INGEST_CA_BUNDLE": str(tmp_path / "ca.pem"),
        "INGEST_CREDENTIALS_SECRET": "a-secret",
        "INGEST_DEAD_LETTER_QUEUE_URL": SQS_URL,
        "INGEST_QUEUE_URL": SQS_URL,
        "INGEST_MAX_CONCURRENCY": "none",
    }
    with pytest.raises(SettingsError) as error:
        fc_worker(environ)
    assert [line.split()[0].rstrip(":") for line in str(error.value).splitlines()] == [
        "FC_REGION",
        "INGEST_CA_BUNDLE",
        "INGEST_CREDENTIALS_SECRET",
        "INGEST_DEAD_LETTER_QUEUE_URL",  # its form
        "INGEST_DEAD_LETTER_QUEUE_URL",  # it is the other queue
        "INGEST_INSTANCE_NAME",
        "INGEST_INSTANCE_REGION",
        "INGEST_MAX_CONCURRENCY",
        "INGEST_QUEUE_URL",
    ]


@pytest.mark.parametrize("url", ["ingest", "ftp://1.mns.cn-shanghai.aliyuncs.com/queues/ingest"])
def test_common_fault_is_reported_once(url: str) -> None:
    with pytest.raises(SettingsError) as error:
        fc_worker(GOOD | {"INGEST_QUEUE_URL": url, "INGEST_CA_BUNDLE": "/no/such/file.pem"})
    assert [line.split()[0] for line in str(error.value).splitlines()] == ["INGEST_CA_BUNDLE", "INGEST_QUEUE_URL"]


@pytest.mark.parametrize("without", ["INGEST_QUEUE_URL", None])
def test_good_settings_have_no_fault(without: str | None) -> None:
    environ = GOOD | {"INGEST_CA_BUNDLE": certifi.where()}
    environ.pop(without or "", None)
    assert list(faults_on_alibaba(environ)) == []


def test_queue_of_another_service_is_refused() -> None:
    (line,) = faults_on_alibaba(GOOD | {"INGEST_QUEUE_URL": SQS_URL})
    assert SQS_URL in line
    assert "/queues/<name>" in line


def test_missing_region_says_what_to_set() -> None:
    assert list(faults_on_alibaba(GOOD | {"FC_REGION": ""})) == [
        "FC_REGION is not set. Set it to the region of the bucket and the queues.",
    ]


@pytest.mark.parametrize(
    "name", ["CREDENTIALS_SECRET", "ROLE_ARN", "OIDC_PROVIDER_ARN", "OIDC_AUDIENCE", "STS_ENDPOINT"]
)
def test_a_way_to_the_key_is_refused_without_its_value(name: str) -> None:
    assert list(faults_on_alibaba(GOOD | {f"INGEST_{name}": "sesame"})) == [
        (
            f"INGEST_{name} is set, but it works on AWS only. Remove it: "
            "on Alibaba Cloud the function uses the key of its role."
        ),
    ]


@pytest.mark.parametrize("variable", ["INGEST_QUEUE_URL", "INGEST_DEAD_LETTER_QUEUE_URL"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_queue_of_either_scheme_is_checked(variable: str, scheme: str) -> None:
    (line,) = faults_on_alibaba(GOOD | {variable: f"{scheme}://example.com/ingest"})
    assert line.startswith(f"{variable} is '{scheme}://example.com/ingest': ")


def test_unreadable_bundle_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("ca.pem").write_text("no certificate")
    (line,) = faults_on_alibaba(GOOD | {"INGEST_CA_BUNDLE": "ca.pem"})
    assert line.startswith("INGEST_CA_BUNDLE is 'ca.pem': no certificate can be read from this file: ")


def test_one_queue_on_two_networks_is_refused() -> None:
    environ = GOOD | {"INGEST_DEAD_LETTER_QUEUE_URL": "http://1.mns.cn-shanghai.aliyuncs.com/queues/ingest/"}
    (line,) = faults_on_alibaba(environ)
    assert line.startswith("INGEST_DEAD_LETTER_QUEUE_URL is the same queue as INGEST_QUEUE_URL.")
    with pytest.raises(SettingsError) as error:
        fc_worker(environ)
    assert str(error.value) == line


def test_blanks_around_values_are_no_fault() -> None:
    assert list(faults_on_alibaba(GOOD | {"INGEST_QUEUE_URL": f" {GOOD['INGEST_QUEUE_URL']}/\n"})) == []
    assert list(faults_on_alibaba(GOOD | {"INGEST_CREDENTIALS_SECRET": " \n"})) == []


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("BUCKET", "my.pictures", "a bucket of OSS has no dot in its name"),
        (
            "BUCKET_ENDPOINT",
            "https://oss-cn-shanghai.aliyuncs.com/pictures",
            "write scheme and host alone, without a bucket or a path",
        ),
    ],
)
def test_values_of_oss_are_checked(name: str, value: str, remedy: str) -> None:
    assert list(faults_on_alibaba(GOOD | {f"INGEST_{name}": value})) == [f"INGEST_{name} is {value!r}: {remedy}"]
