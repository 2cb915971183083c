"""``dlq list``, ``show`` and ``export`` read everything, show it safely, and change nothing."""

import json
import os
import re
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from imagesearch_ingest.dead_letters.letter import Source
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ops.dlq.choices import By, Which
from imagesearch_ops.dlq.exporting import run_export
from imagesearch_ops.dlq.listing import run_list
from imagesearch_ops.dlq.session import Where
from imagesearch_ops.dlq.showing import run_show
from imagesearch_ops.errors import InputError
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.queues.smq import SmqOperatorQueue
from imagesearch_ops.queues.sqs import SqsQueue
from imagesearch_ops.run_folder import open_run
from tests.operator.dlq.conftest import letter_about

HOSTILE = "shoes/\x1b[31m\u202egpj.exe\n<script>alert(1)</script>.jpg"


def list_all(pair, lines, expressions=(), **options):
    """Run the command. Return its exit code, its lines and its summary."""
    lines()
    code = run_list(options.pop("place", pair.where), expressions, pair.environ, as_json=True, **options)
    *records, last = lines()
    return code, records, last["summary"]


def test_each_record_is_listed_once_with_its_latest_letter(pair, lines) -> None:
    pair.put(*(letter_about("鞋.jpg", failed_at=f"2026-01-0{day}T00:00:00Z").to_json() for day in (2, 3, 1)))
    pair.put(letter_about("b.jpg", code="timeout").to_json(), "by hand")
    code, records, summary = list_all(pair, lines)
    assert code is ExitCode.OK
    assert sorted((line["code"], line.get("failed_at", "")[:10], line["copies"], line["kind"]) for line in records) == [
        ("corrupt_image", "2026-01-03", 3, "letter"),
        ("not_a_dead_letter", "", 1, "unknown"),
        ("timeout", "2026-01-01", 1, "letter"),
    ]
    assert [line["message"] for line in records if line["record_id"] is None] == ["by hand"]
    assert {line["queue"] for line in records} == {"letters"}
    assert (summary["letters"], summary["records"], summary["incomplete"], summary["exit"]) == (5, 3, False, 0)
    assert summary["by"] == {"corrupt_image": 1, "not_a_dead_letter": 1, "timeout": 1}
    assert (summary["v"], summary["error"], summary["oldest"]) == (1, None, "2026-01-01T00:00:00Z")
    assert summary["expires_first"]
    assert re.fullmatch(r"\d{8}T\d{4}-[0-9a-f]{4}", summary["run"])


def test_everything_stays_in_the_queue_and_is_visible(sqs, lines) -> None:
    sqs.put(*(letter_about(f"{n}.jpg").to_json() for n in range(35)))
    list_all(sqs, lines)
    assert len(sqs.bodies()) == 35


def test_two_thousand_letters_are_all_listed(sqs, lines) -> None:
    sqs.put(*(letter_about(f"{n}.jpg").to_json() for n in range(2000)))
    _, records, summary = list_all(sqs, lines)
    assert len({line["source"]["key"] for line in records}) == summary["records"] == 2000


def test_letters_that_another_reader_holds_make_it_incomplete(pair, capsys) -> None:
    pair.put(*(letter_about(f"{n}.jpg").to_json() for n in range(20)))
    kind = {"aws": SqsQueue, "alibaba": SmqOperatorQueue}[pair.cloud]
    from imagesearch_ops.queues import open_queue  # noqa: PLC0415 - used by this test alone

    held = len(open_queue(pair.letters, pair.environ).receive(0, 600))
    code = run_list(pair.where, [], pair.environ, as_json=True)
    shown = capsys.readouterr()
    summary = json.loads(shown.out.splitlines()[-1])["summary"]
    assert kind.batch == held
    assert code is ExitCode.FAILED
    assert f"letters: read {20 - held} of about 20; others are hidden (another reader, or a redrive?)" in shown.err
    assert (summary["incomplete"], summary["exit"], summary["error"]["reason"]) == (True, 1, "incomplete")


def test_the_rules_own_queue_is_read_too(sqs, lines) -> None:
    rule = sqs.client.create_queue(QueueName=f"rule-{sqs.letters.rpartition('-')[2]}")["QueueUrl"]
    event = (Path(__file__).parents[3] / "events/aws-eventbridge-object-created.json").read_text(encoding="utf-8")
    attributes = {"ERROR_CODE": {"DataType": "String", "StringValue": "NO_PERMISSIONS"}}
    sqs.client.send_message(QueueUrl=rule, MessageBody=event, MessageAttributes=attributes)
    sqs.put(letter_about("a.jpg").to_json())
    both = replace(sqs.where, rule_queue_url=rule)
    _, records, _ = list_all(sqs, lines, place=both)
    assert sorted((line["queue"], line["code"]) for line in records) == [
        ("letters", "corrupt_image"),
        ("rule", "NO_PERMISSIONS"),
    ]
    _, records, _ = list_all(sqs, lines, place=replace(both, which=Which.RULE))
    assert [(line["queue"], line["kind"]) for line in records] == [("rule", "raw_event")]
    with pytest.raises(InputError, match="--rule-queue-url"):
        list_all(sqs, lines, place=replace(sqs.where, which=Which.BOTH))


def test_groups_show_the_command_to_copy(sqs, capsys) -> None:
    sqs.put(*(letter_about(f"{n}.jpg", hint="Save it again.").to_json() for n in range(3)))
    assert run_list(sqs.where, [], sqs.environ, by=By.REASON, as_json=False) is ExitCode.OK
    shown = capsys.readouterr().out
    assert "corrupt_image        3  Save it again." in shown
    queues = f"--queue-url {sqs.letters} --to-queue-url {sqs.ingest}"
    assert f"\n  imagesearch-ingest dlq replay --where reason=corrupt_image {queues}\n" in shown


def test_the_command_of_a_group_keeps_the_filters_of_the_list(sqs, lines) -> None:
    sqs.put(*(letter_about(key, code="timeout").to_json() for key in ("a b/1.jpg", "c/2.jpg")))
    run_list(sqs.where, ["prefix=a b/"], sqs.environ, by=By.REASON, as_json=True)
    (one, _) = lines()
    assert one["command"].startswith(
        "imagesearch-ingest dlq replay --where reason=timeout --where 'prefix=a b/' --queue"
    )


def test_a_hostile_key_is_visible_and_inert_everywhere(sqs, capsys, tmp_path: Path) -> None:
    sqs.put(letter_about(HOSTILE, message=f"about {HOSTILE}").to_json(), f"by hand {HOSTILE}")
    for by in (None, *By):
        run_list(sqs.where, [], sqs.environ, by=by, page=tmp_path / "page.html", as_json=False)
    run_show(HOSTILE, sqs.where, sqs.environ, as_json=False)
    run_show("no-such-\x1b[31m", sqs.where, sqs.environ, as_json=False)
    shown = capsys.readouterr()
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    for text in (shown.out, shown.err, page):
        assert not set(text) & set("\x1b\u202e\r\t")
        assert r"\x1b[31m" in text
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_an_export_holds_every_record_and_is_read_by_list_and_show(pair, lines, tmp_path: Path, capsys) -> None:
    pair.put(*(letter_about(f"{n}.jpg", code="timeout" if n % 3 else "not_an_image").to_json() for n in range(30)))
    path = tmp_path / "e.jsonl"
    assert run_export(path, pair.where, pair.environ, appends=False, as_json=False) is ExitCode.OK
    assert len(path.read_text(encoding="utf-8").splitlines()) == 30
    _, records, summary = list_all(pair, lines, ["reason=timeout"], place=Where(file=path))
    assert (len(records), summary["records"]) == (20, 20)
    assert run_show("record-7", Where(file=path), pair.environ, as_json=False) is ExitCode.OK
    assert "7.jpg" in capsys.readouterr().out
    assert [file.name for file in tmp_path.iterdir() if file.suffix == ".jsonl"] == ["e.jsonl"]


@pytest.mark.parametrize("ending", ["\n", ""])
def test_an_append_keeps_what_the_file_holds(sqs, tmp_path: Path, ending: str) -> None:
    path = tmp_path / "e.jsonl"
    path.write_text(f'{{"earlier": 1}}{ending}', encoding="utf-8")
    sqs.put(letter_about("a.jpg").to_json())
    run_export(path, sqs.where, sqs.environ, appends=True, as_json=False)
    first, second = path.read_text(encoding="utf-8").splitlines()
    assert first == '{"earlier": 1}'
    assert json.loads(second)["source"]["key"] == "a.jpg"


def test_an_append_to_a_torn_line_is_refused_and_changes_nothing(sqs, tmp_path: Path) -> None:
    path = tmp_path / "e.jsonl"
    path.write_text('{"earlier": 1}\n{"torn', encoding="utf-8")
    with pytest.raises(InputError, match="line 2, the last, is cut short"):
        run_export(path, sqs.where, sqs.environ, appends=True, as_json=False)
    assert path.read_text(encoding="utf-8") == '{"earlier": 1}\n{"torn'
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == ["e.jsonl"]


def test_a_failed_export_leaves_the_earlier_file(sqs, tmp_path: Path, lines) -> None:
    path = tmp_path / "e.jsonl"
    path.write_text("earlier\n", encoding="utf-8")
    place = Where(queue_url=f"{sqs.letters}-missing")
    with pytest.raises(IngestError) as error:
        run_export(path, place, sqs.environ, appends=False, as_json=True)
    assert error.value.reason is Reason.SETTINGS_REFUSED
    assert path.read_text(encoding="utf-8") == "earlier\n"
    summary = lines()[-1]["summary"]
    assert (summary["exit"], summary["error"]["reason"], summary["incomplete"]) == (7, "settings_refused", True)


def test_a_full_disk_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "full").symlink_to("/dev/full")
    with pytest.raises(OSError, match=r"No space left on device: '.*full'"), open_run(tmp_path, {}) as folder:
        folder.append("full", {"action": "send"})


@pytest.mark.parametrize("name", ["pipe", "link", "folder", "missing/e.jsonl"])
def test_only_a_regular_file_is_replaced(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    (tmp_path / "folder").mkdir()
    path = tmp_path / name
    with pytest.raises(InputError, match=r"not a regular file|does not exist"):
        run_export(path, Where(), {}, appends=False, as_json=False)
    with pytest.raises(InputError, match=r"not a regular file|does not exist"):
        run_list(Where(), [], {}, page=path, as_json=False)
    assert (tmp_path / "pipe").is_fifo()


def test_an_export_to_a_link_replaces_the_file_that_it_names(sqs, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("e.jsonl")
    run_export(tmp_path / "link", sqs.where, sqs.environ, appends=False, as_json=False)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "e.jsonl").is_file()


@pytest.mark.parametrize("text", ["no json\n", '{"kind": "letter"}\n', "[1]\n"])
def test_a_file_that_is_no_export_is_refused_with_the_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "e.jsonl").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="line 1 is no dead letter"):
        run_list(Where(file=tmp_path / "e.jsonl"), [], {}, as_json=False)


def test_show_prints_one_letter_in_full_within_80_columns(sqs, capsys) -> None:
    source = Source(cloud="aws", bucket="shop", key="long/" * 40 + "a.jpg", etag="0" * 32, size=7)
    event = json.dumps({"Records": [{"s3": {"object": {"key": "x" * 300}}}]})
    sqs.put(letter_about("x", source=source, original_event=event, message="cut short " * 30).to_json())
    assert run_show("record-x", sqs.where, sqs.environ, as_json=False) is ExitCode.OK
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= 80
    assert "corrupt_image (permanent, prepare)" in shown
    assert "what to do      Upload it again." in shown
    assert "replay          cannot: bucket_missing" in shown
    assert '"Records": [' in shown


def test_show_of_an_unknown_key_fails(sqs, lines) -> None:
    assert run_show("nothing.jpg", sqs.where, sqs.environ, as_json=True) is ExitCode.FAILED
    (last,) = lines()
    assert last["summary"]["error"]["reason"] == "not_found"


@pytest.mark.parametrize(
    "name", [r"shoes/\x1b[31m\u202egpj.exe\n<script>alert(1)</script>.jpg", "…n<script>alert(1)</script>.jpg"]
)
def test_show_finds_a_letter_by_its_key_as_a_table_shows_it(sqs, lines, name: str) -> None:
    sqs.put(letter_about(HOSTILE).to_json(), letter_about("b.jpg").to_json())
    run_show(name, sqs.where, sqs.environ, as_json=True)
    first, last = lines()
    assert (first["source"]["key"], last["summary"]["records"]) == (HOSTILE, 1)


def test_a_condition_that_no_record_meets_is_told_without_an_empty_table(sqs, capsys) -> None:
    sqs.put(letter_about("a.jpg").to_json())
    assert run_list(sqs.where, ["reason=timeout"], sqs.environ, as_json=False) is ExitCode.OK
    shown = capsys.readouterr()
    assert "None of the 1 dead letter matches --where." in shown.err
    assert shown.out == "0 dead letters\n"


@pytest.mark.parametrize("name", ["a.jpg", "record-a", "record-a.jpg"])
def test_show_finds_a_letter_by_key_and_id(sqs, lines, name: str) -> None:
    sqs.put(letter_about("a.jpg").to_json(), letter_about("b.jpg").to_json())
    run_show(name, sqs.where, sqs.environ, as_json=True)
    first, last = lines()
    assert (first["source"]["key"], last["summary"]["records"]) == ("a.jpg", 1)
    assert first["replay_decision"]["decision"].startswith("cannot: bucket_missing")


def test_a_page_holds_at_most_a_thousand_records_and_says_so(sqs, tmp_path: Path) -> None:
    sqs.put(*(letter_about(f"key-{n}.jpg").to_json() for n in range(1010)))
    run_list(sqs.where, [], sqs.environ, page=tmp_path / "page.html", as_json=True)
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.count('class="key"') == 1000
    assert "Only the first 1000 of 1010 records are shown" in page
    assert "default-src 'none'; style-src 'unsafe-inline'" in page
    assert "dlq replay --where reason=corrupt_image" in page
    assert not re.search(r"<script|src=|href=|url\(", page)


def test_a_page_names_each_value_for_a_narrow_window(sqs, tmp_path: Path) -> None:
    sqs.put(letter_about("a.jpg", failed_at="2026-01-01T10:11:12.345+00:00").to_json())
    run_list(sqs.where, [], sqs.environ, page=tmp_path / "page.html", as_json=True)
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "1 record in 1 message. The oldest failed at 2026-01-01 10:11 UTC." in page
    assert 'data-name="failed at (UTC)">2026-01-01 10:11:12</td>' in page
    assert page.count("data-name=") == 4


def test_an_empty_queue_makes_a_page_that_says_so(sqs, tmp_path: Path) -> None:
    run_list(sqs.where, [], sqs.environ, page=tmp_path / "page.html", as_json=False)
    assert "There are no dead letters." in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_refused_credentials_are_an_operators_matter(smq_pair, lines) -> None:
    with pytest.raises(IngestError) as error:
        run_list(smq_pair.where, [], smq_pair.environ | {"ALIBABA_CLOUD_ACCESS_KEY_SECRET": "wrong"}, as_json=True)
    assert (error.value.reason, error.value.service_code) == (Reason.CREDENTIALS, "SignatureDoesNotMatch")
    assert lines()[-1]["summary"]["exit"] == 7


def test_a_redrive_that_begins_meanwhile_is_told(sqs, lines, monkeypatch) -> None:
    """It moves what was not read yet, so that the queue's count cannot show what is missing."""
    sqs.put(*(letter_about(f"{n}.jpg").to_json() for n in range(60)))
    arns = [
        sqs.client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        for url in (sqs.letters, sqs.ingest)
    ]
    real, first = SqsQueue.receive, [True]

    def receive(self, wait_seconds: int, hide_seconds: int) -> list:
        received = real(self, wait_seconds, hide_seconds)
        with suppress(IndexError):
            first.pop()
            sqs.client.start_message_move_task(SourceArn=arns[0], DestinationArn=arns[1])
        return received

    monkeypatch.setattr(SqsQueue, "receive", receive)
    code, _, summary = list_all(sqs, lines)
    assert code is ExitCode.FAILED
    assert (summary["incomplete"], summary["error"]["reason"]) == (True, "redrive_running")
