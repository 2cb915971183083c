"""``dlq list`` on an SMQ queue; tests/e2e/test_cli_live.py covers SQS."""

import json
from collections.abc import Iterator

import pytest

from imagesearch_ingest.adapters.alibaba.smq import SmqDeadLetterQueue
from imagesearch_ingest.dead_letters.letter import Source
from imagesearch_ingest.model.errors import IngestError, SettingsError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ops.dead_letters import is_smq, run_list
from imagesearch_ops.exit_codes import ExitCode
from local_cloud.smq import SmqService
from tests.support.fakes import a_letter
from tests.support.smq import KEY_ID, KEY_SECRET, TOKEN, adapter, local_smq, new_queue

SOURCE = Source(cloud="alibaba", bucket="shop", key="鞋/bad.jpg")


@pytest.fixture(scope="module")
def smq() -> Iterator[SmqService]:
    with local_smq() as service:
        yield service


@pytest.fixture
def environ(smq: SmqService) -> dict[str, str]:
    return {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": KEY_ID,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": KEY_SECRET,
        "ALIBABA_CLOUD_SECURITY_TOKEN": TOKEN,
        "INGEST_CA_BUNDLE": str(smq.ca_path),
    }


@pytest.fixture
def url(smq: SmqService) -> str:
    name = new_queue(smq)
    queue = adapter(SmqDeadLetterQueue, smq, name)
    for failed_at in ("2026-01-02", "2026-01-03", "2026-01-01"):
        queue.send(a_letter(source=SOURCE, failed_at=failed_at))
    queue.send(a_letter(record_id="another"))
    smq.queue(name).send("by hand")
    return smq.queue_url(name)


def test_each_record_is_listed_once_with_its_latest_letter(url: str, environ: dict[str, str], capsys) -> None:
    assert run_list(url, environ, as_json=True) is ExitCode.OK
    listed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert sorted((letter["code"], letter.get("failed_at")) for letter in listed if letter["record_id"] == "abc") == [
        ("corrupt_image", "2026-01-03")
    ]
    assert [letter["message"] for letter in listed if letter["record_id"] is None] == ["by hand"]
    assert len(listed) == 3


def test_table_shows_the_letters_and_their_number(url: str, environ: dict[str, str], capsys) -> None:
    assert run_list(url, environ, as_json=False) is ExitCode.OK
    shown = capsys.readouterr().out
    assert "鞋/bad.jpg" in shown
    assert shown.endswith("3 dead letters\n")


def test_refused_access_key_raises_credentials(url: str, environ: dict[str, str]) -> None:
    with pytest.raises(IngestError) as error:
        run_list(url, environ | {"ALIBABA_CLOUD_ACCESS_KEY_SECRET": "wrong"}, as_json=True)
    assert (error.value.reason, error.value.service_code) == (Reason.CREDENTIALS, "SignatureDoesNotMatch")


def test_mistyped_url_names_the_expected_form(environ: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="/queues/<name>"):
        run_list("https://1.mns.cn-shanghai.aliyuncs.com/dead-letters", environ, as_json=True)


@pytest.mark.parametrize(
    ("queue_url", "expected"),
    [
        ("https://1.mns.cn-shanghai.aliyuncs.com/queues/q", True),
        ("https://127.0.0.1:4000/queues/q", True),
        ("https://sqs.us-east-1.amazonaws.com/123456789012/q.mns.q", False),
        ("http://127.0.0.1:4000/123456789012/queues", False),
    ],
)
def test_url_tells_smq_from_sqs(queue_url: str, *, expected: bool) -> None:
    assert is_smq(queue_url) is expected
