"""A letter explains an absence only for the same bytes under the same settings; the latest of an object counts."""

import json
from pathlib import Path
from typing import Any

import pytest

from imagesearch_ingest.dead_letters.letter import Source
from imagesearch_ingest.settings import Settings
from imagesearch_ops.audit.known import Known, read_known
from imagesearch_ops.bucket_urls import BucketUrl
from imagesearch_ops.buckets.port import ListedObject
from imagesearch_ops.deployment import Deployment, find_deployment
from imagesearch_ops.dlq.choices import Which
from imagesearch_ops.dlq.discarding import DiscardOptions, run_discard
from imagesearch_ops.dlq.exporting import run_export
from imagesearch_ops.dlq.session import Where
from imagesearch_ops.errors import InputError
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.report import Report
from tests.operator.dlq.conftest import SqsPair, aws, lines, no_waiting, pair, smq, smq_pair, sqs
from tests.support.aws_events import s3_notification, s3_record
from tests.support.builders import a_settings
from tests.support.fakes import a_letter

__all__ = ["aws", "lines", "no_waiting", "pair", "smq", "smq_pair", "sqs"]

SETTINGS = a_settings()
PREPARATION, RULE = SETTINGS.preparation_fingerprint(), SETTINGS.rule_fingerprint()
ETAG = "9a0364b9e99bb480dd25e1f0284c8555"
URL = BucketUrl("aws", "shop", "")


def a_source(key: str, etag: str | None = ETAG, **fields: Any) -> Source:
    return Source(**{"cloud": "aws", "bucket": "shop", "key": key, "etag": etag, **fields})


def write(key: str = "a.jpg", *, etag: str | None = ETAG, **fields: Any) -> str:
    """Return a letter of the settings now about an object of s3://shop."""
    known = {"record_id": f"{key}-{fields}", "source": a_source(key, etag), "preparation": PREPARATION, "rule": RULE}
    return a_letter(**known | fields).to_json()


def a_deployment(environ: dict[str, str] | None = None, **urls: str) -> Deployment:
    return find_deployment(environ or {}, **urls)


def read(
    *files: Path, deployment: Deployment | None = None, report: Report | None = None, url: BucketUrl = URL
) -> dict[str, Known]:
    """Return what is known by the keys. Each key comes once."""
    found = list(read_known(files, deployment or a_deployment(), SETTINGS, url, report or Report(as_json=False)))
    assert len({one.key for one in found}) == len(found)
    return {one.key: one for one in found}


def listed(key: str = "a.jpg", etag: str = ETAG, last_modified: float | None = None) -> ListedObject:
    return ListedObject(key, 10, etag, "STANDARD", last_modified)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "letters.jsonl"


def judge(file: Path, letter: str, about: ListedObject | None = None) -> tuple[bool, str]:
    """Return what one letter says about an object."""
    file.write_text(letter + "\n")
    return read(file)["a.jpg"].judge(about or listed())


def test_the_same_bytes_under_the_same_settings_are_known_to_be_rejected(file: Path) -> None:
    assert judge(file, write()) == (True, "corrupt_image: cut short (dead letter of 2026-01-01)")


@pytest.mark.parametrize("etag", [f'"{ETAG}"', ETAG.upper(), f'"{ETAG.upper()}"'])
def test_quotes_and_case_of_an_etag_do_not_matter(file: Path, etag: str) -> None:
    assert judge(file, write(etag=etag))[0]
    assert judge(file, write(), listed(etag=etag))[0]


def test_other_bytes_are_not(file: Path) -> None:
    assert judge(file, write(etag="0" * 32)) == (
        False,
        "corrupt_image: cut short (dead letter of 2026-01-01); the object has other bytes now",
    )


@pytest.mark.parametrize("preparation", [None, "000000000000"])
def test_another_preparation_is_not(file: Path, preparation: str | None) -> None:
    is_rejected, why = judge(file, write(preparation=preparation))
    assert not is_rejected
    assert why.endswith("; pictures are prepared in another way now")


@pytest.mark.parametrize(
    ("code", "fault_class"),
    [
        ("timeout", "transient"),
        ("throttled", "throttled"),
        ("instance_full", "systemic"),
        ("access_denied", "transient"),
        ("of_a_later_release", "transient"),
        ("corrupt_image", "transient"),
        ("timeout", "permanent"),
    ],
)
def test_a_fault_that_may_pass_explains_nothing(file: Path, code: str, fault_class: str) -> None:
    is_rejected, why = judge(file, write(code=code, fault_class=fault_class))
    assert not is_rejected
    assert why == f"{code}: cut short (dead letter of 2026-01-01); its fault may pass"


def test_a_permanent_reason_of_a_later_release_counts(file: Path) -> None:
    assert judge(file, write(code="of_a_later_release"))[0]


def test_a_letter_without_an_etag_may_be_about_other_bytes(file: Path) -> None:
    is_rejected, why = judge(file, write(etag=None))
    assert not is_rejected
    assert why.endswith("; the letter names no ETag, so the bytes may be others")


@pytest.mark.parametrize("code", ["object_archived", "link_broken"])
def test_what_the_bucket_does_not_show_is_judged_by_time_if_the_letter_has_no_etag(file: Path, code: str) -> None:
    letter = write(code=code, stage="fetch", etag=None, failed_at="2026-01-01T00:00:00Z")
    assert judge(file, letter, listed(last_modified=1767225600.7))[0]
    for unsure in (listed(last_modified=1767225601.0), listed()):
        is_rejected, why = judge(file, letter, unsure)
        assert not is_rejected
        assert why.endswith("; it names no ETag, and the object may have been written after it")
    assert not judge(file, write(code=code, etag="0" * 32), listed(last_modified=1767225600.0))[0]


def test_keys_without_etags_may_have_other_bytes(file: Path) -> None:
    is_rejected, why = judge(file, write(), listed(etag=""))
    assert not is_rejected
    assert why.endswith("; the source of the keys names no ETag, so the bytes may be others")


@pytest.mark.parametrize("code", ["key_not_matched", "key_too_long"])
def test_the_key_alone_decides_whether_the_rule_takes_it(file: Path, code: str) -> None:
    letter = {"code": code, "stage": "identity", "etag": None, "preparation": None}
    assert judge(file, write(**letter))[0]
    is_rejected, why = judge(file, write(**letter | {"rule": "000000000000"}))
    assert not is_rejected
    assert why.endswith("; the key rule is another one now")


@pytest.mark.parametrize("code", ["attribute_invalid", "category_invalid"])
def test_metadata_may_have_changed_without_the_bytes(file: Path, code: str) -> None:
    letter = write(code=code, failed_at="2026-01-01T00:00:00Z")
    assert judge(file, letter, listed(last_modified=1767225600.7))[0]  # in the second of the letter
    is_rejected, why = judge(file, letter, listed(last_modified=1767225601.0))
    assert not is_rejected
    assert why.endswith("; the object was written after it, so its metadata may be others")
    assert judge(file, write(), listed(last_modified=1767225601.0))[0]
    assert not judge(file, write(code=code, rule="000000000000"))[0]
    assert judge(file, write(code=code, rule=None))[0]


def test_a_letter_about_an_event_says_nothing_of_the_object(file: Path) -> None:
    is_rejected, why = judge(file, write(code="event_malformed", stage="event"))
    assert not is_rejected
    assert why.endswith("; it is about an event, not about the object")


def test_the_latest_letter_of_an_object_counts(file: Path) -> None:
    rejected = write(failed_at="2026-01-02T00:00:00Z")
    passing = write(code="timeout", fault_class="transient", failed_at="2026-01-03T00:00:00Z")
    file.write_text(f"{passing}\n{rejected}\n")
    assert not read(file)["a.jpg"].judge(listed())[0]
    file.write_text(f"{write(code='timeout', fault_class='transient')}\n{rejected}\n")
    assert read(file)["a.jpg"].judge(listed())[0]


def test_letters_of_other_buckets_and_clouds_are_left_out(file: Path) -> None:
    others = [a_source("b.jpg", bucket="other"), a_source("c.jpg", cloud="alibaba"), None]
    file.write_text("".join(f"{write(source=source)}\n" for source in others) + write("a.jpg") + "\n")
    assert set(read(file)) == {"a.jpg"}


def test_letters_that_hide_a_secret_are_counted_and_left_out(file: Path, capsys) -> None:
    file.write_text(write(source=a_source("***", key_redacted=True)) + "\n")
    assert read(file) == {}
    assert capsys.readouterr().err == "1 of the dead letters hide a secret in their keys. They were left out.\n"


def test_hostile_keys_and_long_messages_pass(file: Path) -> None:
    keys = ["line\nbreak", "tab\t", "\x1b[31m", "a\u202eb", "\ud800", "a+b %41 ", "靴.jpg", ""]
    file.write_text("".join(f"{write(key, message='x' * 5000)}\n" for key in keys))
    found = read(file)
    assert set(found) == set(keys)
    assert len(found["tab\t"].message) == 203


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("a.jpg\n", "line 1 is no dead letter. Pass a file of `dlq export`."),
        ('{"key": "a.jpg"}\n', "line 1 is no dead letter"),
        (f"{write()}\n\n[]\n", "line 3 is no dead letter"),
        (None, "no such file"),
    ],
)
def test_a_file_that_holds_no_letters_is_one_clear_line(file: Path, content: str | None, fault: str) -> None:
    if content is not None:
        file.write_text(content)
    with pytest.raises(InputError) as error:
        read(file)
    assert str(error.value).startswith(f"{file}: {fault}")
    assert "\n" not in str(error.value)


def test_no_file_is_read_before_all_were_found(file: Path, tmp_path: Path) -> None:
    file.write_text("no letter\n")
    with pytest.raises(InputError, match="no such file"):
        read(file, tmp_path / "none.jsonl")


def test_a_line_of_an_export_with_missing_fields_is_no_fault_of_ours(file: Path) -> None:
    raw = {"kind": "raw_event", "original_event": "{}"}
    others = [raw, raw | {"source": "shop"}, raw | {"source": {"cloud": "aws", "bucket": "shop"}}]
    file.write_text("".join(f"{json.dumps(one)}\n" for one in others))
    assert [one.judge(listed())[0] for one in read(file).values()] == [False]


@pytest.fixture
def at_queue(pair) -> tuple[Any, Deployment, BucketUrl]:
    """Return the queues, a deployment that has them, and the bucket on the queue's cloud."""
    url = BucketUrl(pair.cloud, "shop", "")
    return pair, find_deployment(pair.environ, queue_url=pair.letters, to_queue_url=pair.ingest), url


def test_the_queue_of_the_deployment_is_read_and_left_as_it_was(at_queue) -> None:
    queues, deployment, url = at_queue
    bodies = [write(f"{n}.jpg", source=a_source(f"{n}.jpg", cloud=queues.cloud)) for n in range(25)]
    queues.put(*bodies)
    report = Report(as_json=False)
    found = read(deployment=deployment, report=report, url=url)
    assert set(found) == {f"{n}.jpg" for n in range(25)}
    assert all(one.judge(listed(key))[0] for key, one in found.items())
    assert report.code == ExitCode.OK


def test_raw_events_are_no_reason_but_are_named(sqs: SqsPair) -> None:
    sqs.put(json.dumps(s3_notification(s3_record("a.jpg", bucket="shop"))))
    deployment = find_deployment(sqs.environ, queue_url=sqs.letters)
    is_rejected, why = read(deployment=deployment)["a.jpg"].judge(listed())
    assert not is_rejected
    assert why.startswith("retries_exhausted: ")
    assert why.endswith("; its fault may pass")


def test_messages_that_another_reader_holds_make_it_incomplete(sqs: SqsPair, capsys) -> None:
    sqs.put(write("a.jpg"), write("b.jpg"))
    held = sqs.client.receive_message(QueueUrl=sqs.letters, MaxNumberOfMessages=1, VisibilityTimeout=600)
    assert len(held["Messages"]) == 1
    report = Report(as_json=False)
    found = read(deployment=find_deployment(sqs.environ, queue_url=sqs.letters), report=report)
    assert len(found) == 1
    assert report.code == ExitCode.FAILED
    assert "letters: read 1 of about 2" in capsys.readouterr().err


def test_a_queue_that_does_not_exist_is_told_and_the_files_still_count(sqs: SqsPair, file: Path, capsys) -> None:
    file.write_text(write() + "\n")
    report = Report(as_json=False)
    missing = f"{sqs.letters}-missing"
    found = read(file, deployment=find_deployment(sqs.environ, queue_url=missing), report=report)
    assert found["a.jpg"].judge(listed())[0]
    assert (report.code, report.error["reason"]) == (ExitCode.FAILED, "letters_unread")
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 1
    assert told[0].startswith("letters: the queue cannot be read, so rejected objects may be called missing: ")


def test_exports_and_discarded_letters_are_files_of_letters(sqs: SqsPair, tmp_path: Path, file: Path) -> None:
    sqs.put(write("a.jpg"), write("b.jpg", code="not_an_image"))
    where = Where(queue_url=sqs.letters, which=Which.LETTERS)
    assert run_export(file, where, sqs.environ, appends=False, as_json=True) == 0
    options = DiscardOptions(takes_all=True, does_it=True, state=tmp_path / "run")
    assert run_discard(where, options, sqs.environ, as_json=True) == 0
    for one in (file, tmp_path / "run/discarded.jsonl"):
        found = read(one)
        assert {key: known.code for key, known in found.items()} == {"a.jpg": "corrupt_image", "b.jpg": "not_an_image"}
        assert all(known.judge(listed(key))[0] for key, known in found.items())


def test_the_fingerprints_are_those_of_the_given_settings(file: Path) -> None:
    other = Settings.model_validate(SETTINGS.model_dump() | {"min_jpeg_quality": 41})
    file.write_text(write() + "\n")
    (known,) = read_known([file], a_deployment(), other, URL, Report(as_json=False))
    assert not known.judge(listed())[0]
