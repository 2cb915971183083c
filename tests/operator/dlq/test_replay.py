"""``dlq replay`` sends what can end in another way, and loses nothing."""

import json
from pathlib import Path

import pytest

from imagesearch_ingest.dead_letters.letter import Replay, Source
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ops.dlq.exporting import run_export
from imagesearch_ops.dlq.replaying import ReplayOptions, run_replay
from imagesearch_ops.errors import InputError
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.queues.smq import SmqOperatorQueue
from imagesearch_ops.queues.sqs import SqsQueue
from tests.operator.dlq.conftest import letter_about
from tests.support.pictures import jpeg

FAULT = (Reason.NETWORK, "the connection broke")
DO = {"does_it": True, "rate": 500}


def announced(pair) -> list[dict]:
    """Return what the announcements in the ingest queue say."""
    return [json.loads(body)["imagesearch_ingest"] for body in pair.bodies(pair.ingest)]


def replay(pair, lines, *, environ: dict[str, str] | None = None, **options):
    """Run the command. Return its exit code, its lines and its summary."""
    where = options.pop("place", pair.where)
    chosen = ReplayOptions(**{"state": pair.state, **options})
    lines()
    code = run_replay(where, chosen, pair.environ | (environ or {}), as_json=True)
    *records, last = lines()
    return code, records, last["summary"]


@pytest.fixture
def bucket(aws):
    """A bucket "shop" on the local S3, emptied."""
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="shop")
    for item in s3.list_objects_v2(Bucket="shop").get("Contents", []):
        s3.delete_object(Bucket="shop", Key=item["Key"])
    return s3


def put_object(bucket, key: str, data: bytes = b"x") -> str:
    return bucket.put_object(Bucket="shop", Key=key, Body=data)["ETag"].strip('"')


def test_a_dry_run_says_what_it_would_do_and_changes_nothing(sqs, bucket, lines) -> None:
    etag = put_object(bucket, "same.jpg")
    sqs.put(
        letter_about("gone.jpg").to_json(),
        letter_about("same.jpg", source=Source(cloud="aws", bucket="shop", key="same.jpg", etag=etag)).to_json(),
    )
    code, records, summary = replay(sqs, lines)
    assert code is ExitCode.OK
    assert {line["key"]: line["decision"] for line in records} == {"gone.jpg": "gone", "same.jpg": "unchanged"}
    assert {name: summary[name] for name in ("seen", "sent", "unchanged", "cannot", "kept", "dry_run", "exit")} == {
        "seen": 2,
        "sent": 1,
        "unchanged": 1,
        "cannot": 0,
        "kept": 0,
        "dry_run": True,
        "exit": 0,
    }
    assert sqs.bodies(sqs.ingest) == []
    assert len(sqs.bodies()) == 2
    assert not sqs.state.exists()


def test_what_can_change_is_announced_and_the_rest_stays(sqs, bucket, lines) -> None:
    etag = put_object(bucket, "same.jpg")
    put_object(bucket, "other.jpg", b"mended")
    sqs.put(
        letter_about("gone.jpg").to_json(),
        letter_about("same.jpg", source=Source(cloud="aws", bucket="shop", key="same.jpg", etag=etag)).to_json(),
        letter_about("other.jpg", source=Source(cloud="aws", bucket="shop", key="other.jpg", etag="0" * 32)).to_json(),
    )
    code, _, summary = replay(sqs, lines, **DO)
    assert code is ExitCode.INCOMPLETE
    assert (summary["sent"], summary["unchanged"], summary["exit"]) == (2, 1, 3)
    assert sorted(one["look_at"]["key"] for one in announced(sqs)) == ["gone.jpg", "other.jpg"]
    assert [json.loads(body)["source"]["key"] for body in sqs.bodies()] == ["same.jpg"]


def test_an_announcement_names_the_letter_and_counts_the_replays(sqs, lines) -> None:
    source = Source(cloud="aws", bucket="shop", key="ä \u202e.jpg", etag="0" * 32, version_id="v1")
    sqs.put(letter_about("x", record_id="abc", source=source, replay=Replay(of="first", count=2)).to_json())
    _, _, summary = replay(sqs, lines, where=["reason=corrupt_image"], is_forced=True, **DO)
    assert announced(sqs) == [
        {
            "look_at": {"bucket": "shop", "key": "ä \u202e.jpg", "etag": "0" * 32, "version_id": "v1"},
            "why": "replay",
            "run": summary["run"],
            "replay": {"of": "first", "count": 3, "record_id": "abc", "code": "corrupt_image"},
        }
    ]


def test_two_letters_of_one_record_make_one_announcement(pair, lines) -> None:
    pair.put(*(letter_about("a.jpg", failed_at=f"2026-01-0{day}").to_json() for day in (1, 2, 3)))
    _, records, summary = replay(pair, lines, where=["reason=corrupt_image"], is_forced=True, **DO)
    assert (len(records), summary["seen"], summary["sent"]) == (1, 1, 1)
    assert len(announced(pair)) == 1
    assert pair.bodies() == []


def test_only_what_matches_is_sent(pair, lines) -> None:
    pair.put(*(letter_about(f"{n}.jpg", code=code).to_json() for n, code in enumerate(["timeout", "not_an_image"] * 3)))
    code, _, summary = replay(pair, lines, where=["reason=timeout"], is_forced=True, **DO)
    assert code is ExitCode.OK
    assert (summary["seen"], summary["sent"], summary["kept"]) == (6, 3, 3)
    assert sorted(one["look_at"]["key"] for one in announced(pair)) == ["0.jpg", "2.jpg", "4.jpg"]
    assert {json.loads(body)["code"] for body in pair.bodies()} == {"not_an_image"}


@pytest.mark.parametrize("source", [None, Source(cloud="aws", bucket="shop", key="***", key_redacted=True)])
def test_a_letter_whose_key_is_unknown_is_sent_as_it_is(pair, source, lines) -> None:
    letter = letter_about("x", source=source, code="event_malformed").to_json()
    pair.put(letter)
    replay(pair, lines, where=["reason=event_malformed"], **DO)
    assert pair.bodies(pair.ingest) == [letter]
    assert pair.bodies() == []


REDACTED = Source(cloud="aws", bucket="shop", key="***", key_redacted=True)


@pytest.mark.parametrize("source", [Source(cloud="aws", bucket="shop", key="a.jpg"), REDACTED])
def test_a_letter_that_answers_this_replay_stays(pair, lines, monkeypatch, source: Source) -> None:
    pair.put(*(letter_about("a.jpg", source=source, failed_at=f"2026-01-0{day}").to_json() for day in (1, 2)))
    kind = SqsQueue if pair.cloud == "aws" else SmqOperatorQueue
    real, sent = kind.send, []

    def send_and_fail(self, bodies: list[str]) -> list[IngestError | None]:
        """Answer as a function that rejects the object again, while the replay still reads the queue."""
        run = json.loads(bodies[0]).get("imagesearch_ingest", {}).get("run")
        again = Replay(of="record-a.jpg", count=1)
        sent.append(letter_about("a.jpg", source=source, failed_at="2026-01-03", run=run, replay=again).to_json())
        pair.put(sent[-1])
        return real(self, bodies)

    monkeypatch.setattr(kind, "send", send_and_fail)
    _, records, summary = replay(pair, lines, where=["class=permanent"], is_forced=True, **DO)
    assert (len(records), summary["sent"], len(pair.bodies(pair.ingest))) == (1, 1, 1)
    assert pair.bodies() == sent


def test_answers_do_not_stand_for_messages_that_are_hidden(sqs, lines, monkeypatch) -> None:
    sqs.put(letter_about("held.jpg").to_json(), letter_about("b.jpg").to_json())
    sqs.client.receive_message(QueueUrl=sqs.letters, MaxNumberOfMessages=1, VisibilityTimeout=600)
    real = SqsQueue.send

    def send_and_fail(self, bodies: list[str]) -> list[IngestError | None]:
        run = json.loads(bodies[0])["imagesearch_ingest"]["run"]
        sqs.put(letter_about("again.jpg", run=run).to_json())
        return real(self, bodies)

    monkeypatch.setattr(SqsQueue, "send", send_and_fail)
    code, _, summary = replay(sqs, lines, where=["class=permanent"], is_forced=True, **DO)
    assert (code, summary["sent"], summary["error"]["reason"]) == (ExitCode.FAILED, 1, "incomplete")


def test_raw_events_are_sent_as_they_are_and_unknown_messages_stay(sqs, lines) -> None:
    event = (Path(__file__).parents[3] / "events/aws-eventbridge-object-created.json").read_text(encoding="utf-8")
    sqs.put(event, "by hand", "[" * 5000)
    code, records, summary = replay(sqs, lines, **DO)
    assert code is ExitCode.INCOMPLETE
    assert (summary["sent"], summary["cannot"]) == (1, 2)
    assert [line["decision"].partition(":")[0] for line in records].count("cannot") == 2
    assert sqs.bodies(sqs.ingest) == [event]
    assert sorted(sqs.bodies()) == ["[" * 5000, "by hand"]


def test_a_bucket_that_cannot_be_asked_leaves_the_letter_where_it_is(sqs, lines) -> None:
    source = Source(cloud="aws", bucket="no-such-bucket", key="a.jpg")
    sqs.put(letter_about("a.jpg", source=source, fault_class="transient", code="timeout").to_json())
    code, (line,), summary = replay(sqs, lines, **DO)
    assert code is ExitCode.INCOMPLETE
    assert line["decision"].startswith("cannot: bucket_missing")
    assert summary["cannot"] == 1
    assert len(sqs.bodies()) == 1
    replay(sqs, lines, is_forced=True, where=["key=a.jpg"], **DO)
    assert sqs.bodies() == []


def test_sqs_moves_the_whole_queue_if_nothing_has_to_stay(sqs, lines) -> None:
    letters = [letter_about(f"{n}.jpg", source=None, code="timeout").to_json() for n in range(25)]
    sqs.put(*letters)
    code, _, summary = replay(sqs, lines, waits=True, **DO)
    assert code is ExitCode.OK
    assert summary["task"]
    assert (summary["seen"], summary["sent"], summary["kept"]) == (25, 25, 0)
    assert sorted(sqs.bodies(sqs.ingest)) == sorted(letters)
    assert sqs.bodies() == []


@pytest.mark.parametrize(("share", "rate"), [("100", 5), ("40", 2), ("1", 1)])
def test_the_whole_queue_moves_at_the_share_of_the_rate(sqs, lines, share: str, rate: int) -> None:
    instance = {"INGEST_INSTANCE_NAME": "demo", "INGEST_INSTANCE_REGION": "ap-southeast-1"}
    queues = {"INGEST_QUEUE_URL": sqs.ingest, "INGEST_DEAD_LETTER_QUEUE_URL": sqs.letters}
    sqs.put(letter_about("a.jpg").to_json())
    environ = instance | queues | {"INGEST_RATE_SHARE_PERCENT": share}
    _, _, summary = replay(sqs, lines, environ=environ, does_it=True, takes_all=True, is_forced=True, waits=True)
    assert (summary["rate"], len(sqs.bodies(sqs.ingest))) == (rate, 1)


def test_all_and_force_moves_without_asking(sqs, lines) -> None:
    sqs.put("by hand", letter_about("a.jpg").to_json())
    _, _, summary = replay(sqs, lines, takes_all=True, is_forced=True, waits=True, **DO)
    assert summary["task"]
    assert len(sqs.bodies(sqs.ingest)) == 2


def test_a_running_redrive_is_told_and_nothing_is_sent(sqs, capsys) -> None:
    sqs.put(*(letter_about(f"{n}.jpg").to_json() for n in range(40)))
    arns = [
        sqs.client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        for url in (sqs.letters, sqs.ingest)
    ]
    task = sqs.client.start_message_move_task(SourceArn=arns[0], DestinationArn=arns[1], MaxNumberOfMessagesPerSecond=1)
    try:
        code = run_replay(sqs.where, ReplayOptions(state=sqs.state, **DO), sqs.environ, as_json=True)
        shown = capsys.readouterr()
    finally:
        sqs.client.cancel_message_move_task(TaskHandle=task["TaskHandle"])
    assert code is ExitCode.FAILED
    assert "a redrive is running or has just ended" in shown.err
    assert json.loads(shown.out.splitlines()[-1])["summary"]["error"]["reason"] == "redrive_running"
    assert not any("imagesearch_ingest" in body for body in sqs.bodies(sqs.ingest))


def test_the_journal_is_written_before_anything_is_sent(sqs, lines, monkeypatch) -> None:
    sqs.put(*(letter_about(f"{n}.jpg").to_json() for n in range(3)))
    seen = []

    def send(*_: object) -> list[None]:
        seen.append(len((sqs.state / "journal.jsonl").read_text(encoding="utf-8").splitlines()))
        raise IngestError(*FAULT)

    monkeypatch.setattr(SqsQueue, "send", send)
    with pytest.raises(IngestError):
        replay(sqs, lines, where=["class=permanent"], is_forced=True, **DO)
    assert seen == [3]
    assert len(sqs.bodies()) == 3
    summary = lines()[-1]["summary"]
    assert (summary["exit"], summary["error"]["reason"]) == (5, "network")
    assert json.loads((sqs.state / "run.json").read_text(encoding="utf-8"))["complete"] is False


def test_what_the_queue_does_not_accept_is_not_deleted(sqs, lines, monkeypatch) -> None:
    sqs.put(*(letter_about(f"{n}.jpg").to_json() for n in range(3)))
    real = SqsQueue.send

    def send(self, bodies: list[str]) -> list[IngestError | None]:
        refused = [IngestError(*FAULT) if '"1.jpg"' in body else None for body in bodies]
        real(self, [body for body, error in zip(bodies, refused, strict=True) if error is None])
        return refused

    monkeypatch.setattr(SqsQueue, "send", send)
    code, records, summary = replay(sqs, lines, where=["class=permanent"], is_forced=True, **DO)
    assert code is ExitCode.INCOMPLETE
    assert (summary["sent"], summary["cannot"]) == (2, 1)
    assert "did not accept" in next(line["decision"] for line in records if line["key"] == "1.jpg")
    assert [json.loads(body)["source"]["key"] for body in sqs.bodies()] == ["1.jpg"]


def test_an_export_can_be_replayed_and_deletes_nothing(pair, lines, tmp_path: Path) -> None:
    pair.put(*(letter_about(f"{n}.jpg").to_json() for n in range(12)), letter_about("x", source=None).to_json())
    assert run_export(tmp_path / "e.jsonl", pair.where, pair.environ, appends=False, as_json=False) is ExitCode.OK
    place = pair.where.__class__(to_queue_url=pair.ingest, file=tmp_path / "e.jsonl")
    code, _, summary = replay(pair, lines, place=place, **DO)
    assert (code, summary["sent"]) == (ExitCode.OK, 13)
    sent = [json.loads(body) for body in pair.bodies(pair.ingest)]
    assert sorted(one["imagesearch_ingest"]["look_at"]["key"] for one in sent if "imagesearch_ingest" in one) == sorted(
        f"{n}.jpg" for n in range(12)
    )
    (letter,) = [one for one in sent if "imagesearch_ingest" not in one]
    assert "message_id" not in letter
    assert letter["source"] is None
    assert len(pair.bodies()) == 13


def test_a_retry_envelope_on_smq_is_sent_as_it_is(smq_pair, lines) -> None:
    event = (Path(__file__).parents[3] / "events/alibaba-oss-put-object.json").read_text(encoding="utf-8")
    envelope = json.dumps({"imagesearch_ingest": {"receives": 3, "first_received_at": None, "message": event}})
    smq_pair.put(envelope)
    _, records, _ = replay(smq_pair, lines, **DO)
    assert [line["decision"] for line in records] == ["sent"]
    assert smq_pair.bodies(smq_pair.ingest) == [envelope]


FINGERPRINTED = {"INGEST_INSTANCE_NAME": "demo", "INGEST_INSTANCE_REGION": "ap-southeast-1"}


@pytest.mark.parametrize("name", ["preparation", "rule"])
def test_other_settings_are_a_reason_to_send(sqs, bucket, lines, name: str) -> None:
    etag = put_object(bucket, "same.jpg")
    source = Source(cloud="aws", bucket="shop", key="same.jpg", etag=etag)
    sqs.put(letter_about("same.jpg", source=source, **{name: "of-another-time"}).to_json())
    _, (line,), _ = replay(sqs, lines)
    assert line["decision"] == "unchanged"
    known = FINGERPRINTED | {"INGEST_DEAD_LETTER_QUEUE_URL": sqs.letters}
    _, (line,), _ = replay(sqs, lines, environ=known)
    assert (line["decision"], line["why"]) == ("sent", f"the {name} is another one now")


@pytest.mark.parametrize(
    ("place", "options", "named"),
    [
        ({"to_queue_url": None}, {}, "--to-queue-url"),
        ({"to_queue_url": "https://sqs.eu-west-1.amazonaws.com/1/letters"}, {}, "itself"),
        ({"to_queue_url": "https://1.mns.cn-shanghai.aliyuncs.com/queues/q"}, {}, "same cloud"),
        ({}, {"where": ["reason=timeout"], "takes_all": True}, "--all and --where"),
        ({}, {"where": ["resaon=timeout"]}, "Did you mean reason"),
    ],
)
def test_wrong_usage_names_the_option(sqs, lines, place: dict, options: dict, named: str) -> None:
    letters = "https://sqs.eu-west-1.amazonaws.com/1/letters"
    where = sqs.where.__class__(**{"queue_url": letters, "to_queue_url": sqs.ingest, **place})
    with pytest.raises(InputError, match=named):
        replay(sqs, lines, place=where, **options)
    summary = lines()[-1]["summary"]
    assert (summary["exit"], summary["error"]["reason"]) == (2, "usage")


def test_a_folder_in_use_is_refused(sqs, lines) -> None:
    from imagesearch_ops.run_folder import open_run  # noqa: PLC0415 - used by this test alone

    sqs.put(letter_about("a.jpg").to_json())
    with open_run(sqs.state, {}), pytest.raises(InputError, match="in use"):
        replay(sqs, lines, **DO)
    assert len(sqs.bodies()) == 1


def test_trying_prepares_the_picture_here_and_sends_what_succeeds(sqs, bucket, lines) -> None:
    etags = {"good.jpg": put_object(bucket, "good.jpg", jpeg()), "bad.jpg": put_object(bucket, "bad.jpg", b"text")}
    for key, etag in etags.items():
        sqs.put(letter_about(key, source=Source(cloud="aws", bucket="shop", key=key, etag=etag)).to_json())
    code, records, _ = replay(sqs, lines, tries=True, **DO)
    assert code is ExitCode.INCOMPLETE
    assert {line["key"]: line["decision"] for line in records} == {"good.jpg": "sent", "bad.jpg": "unchanged"}
    assert [one["look_at"]["key"] for one in announced(sqs)] == ["good.jpg"]
