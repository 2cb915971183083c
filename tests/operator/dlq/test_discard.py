"""``dlq discard`` keeps what it deletes, so that it can be undone."""

import json

import pytest

from imagesearch_ops.dlq.discarding import DiscardOptions, run_discard
from imagesearch_ops.dlq.replaying import ReplayOptions, run_replay
from imagesearch_ops.dlq.session import Where
from imagesearch_ops.errors import InputError
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.run_folder import RunFolder
from tests.operator.dlq.conftest import letter_about


def discard(pair, lines, **options):
    code = run_discard(pair.where, DiscardOptions(state=pair.state, **options), pair.environ, as_json=True)
    *records, last = lines()
    return code, records, last["summary"]


def put_some(pair) -> None:
    pair.put(*(letter_about(f"{n}.jpg", code=code).to_json() for n, code in enumerate(["timeout", "not_an_image"] * 6)))


def test_a_dry_run_deletes_nothing(pair, lines) -> None:
    put_some(pair)
    code, records, summary = discard(pair, lines, where=["reason=timeout"])
    assert (code, len(records)) == (ExitCode.OK, 6)
    assert (summary["seen"], summary["discarded"], summary["kept"], summary["dry_run"]) == (12, 6, 6, True)
    assert len(pair.bodies()) == 12
    assert not pair.state.exists()


def test_what_matches_is_deleted_and_can_be_sent_again(pair, lines) -> None:
    put_some(pair)
    code, _, summary = discard(pair, lines, where=["reason=timeout"], does_it=True)
    assert (code, summary["discarded"], summary["kept"]) == (ExitCode.OK, 6, 6)
    assert {json.loads(body)["code"] for body in pair.bodies()} == {"not_an_image"}
    place = Where(to_queue_url=pair.ingest, file=pair.state / "discarded.jsonl")
    options = ReplayOptions(does_it=True, rate=500, state=pair.state / "undo")
    assert run_replay(place, options, pair.environ, as_json=True) is ExitCode.OK
    keys = [json.loads(body)["imagesearch_ingest"]["look_at"]["key"] for body in pair.bodies(pair.ingest)]
    assert sorted(keys) == ["0.jpg", "10.jpg", "2.jpg", "4.jpg", "6.jpg", "8.jpg"]


def test_the_command_that_undoes_it_names_the_deployment(sqs, capsys) -> None:
    put_some(sqs)
    options = DiscardOptions(takes_all=True, does_it=True, state=sqs.state)
    run_discard(sqs.where, options, sqs.environ, as_json=True)
    queues = f"--queue-url {sqs.letters} --to-queue-url {sqs.ingest}"
    assert (
        f"undo: imagesearch-ingest dlq replay {queues} --from {sqs.state / 'discarded.jsonl'}\n"
        in capsys.readouterr().err
    )


def test_all_of_it_is_discarded_only_if_asked_for(sqs, lines) -> None:
    put_some(sqs)
    for wrong in ({}, {"takes_all": True, "where": ["reason=timeout"]}):
        with pytest.raises(InputError, match="--where FIELD=VALUE, or --all"):
            discard(sqs, lines, does_it=True, **wrong)
        lines()
    assert discard(sqs, lines, takes_all=True, does_it=True)[2]["discarded"] == 12
    assert sqs.bodies() == []


def test_nothing_is_deleted_if_it_cannot_be_kept(sqs, lines, monkeypatch) -> None:
    put_some(sqs)

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", str(sqs.state))

    monkeypatch.setattr(RunFolder, "append", fail)
    with pytest.raises(OSError, match="No space"):
        discard(sqs, lines, takes_all=True, does_it=True)
    assert len(sqs.bodies()) == 12
    assert lines()[-1]["summary"]["exit"] == 1


def test_a_line_cut_short_by_a_crash_spoils_no_other(sqs, lines) -> None:
    sqs.state.mkdir()
    (sqs.state / "discarded.jsonl").write_text('{"torn', encoding="utf-8")
    sqs.put(letter_about("a.jpg").to_json())
    discard(sqs, lines, takes_all=True, does_it=True)
    torn, whole = (sqs.state / "discarded.jsonl").read_text(encoding="utf-8").splitlines()
    assert torn == '{"torn'
    assert json.loads(whole)["source"]["key"] == "a.jpg"


def test_a_message_that_is_no_letter_can_be_discarded_and_sent_again(sqs, lines) -> None:
    sqs.put("by hand")
    discard(sqs, lines, where=["reason=not_a_dead_letter"], does_it=True)
    place = Where(to_queue_url=sqs.ingest, file=sqs.state / "discarded.jsonl")
    run_replay(place, ReplayOptions(does_it=True, is_forced=True, state=sqs.state / "undo"), sqs.environ, as_json=True)
    assert sqs.bodies(sqs.ingest) == ["by hand"]
