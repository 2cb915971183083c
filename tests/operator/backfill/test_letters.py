"""Letters that a backfill writes itself read as those of the function."""

import json
from pathlib import Path

from imagesearch_ingest.model.objects import ObjectRef, ObjectState
from imagesearch_ingest.model.outcomes import Outcome
from imagesearch_ingest.model.reasons import Reason, Result
from imagesearch_ingest.settings import Settings
from imagesearch_ops.backfill.letters import Letters
from imagesearch_ops.dlq.letters import read_line, to_announce
from imagesearch_ops.run_folder import open_run
from tests.support.operator_queue import FakeOperatorQueue

SETTINGS = Settings.from_env(
    {
        "INGEST_INSTANCE_NAME": "demo",
        "INGEST_INSTANCE_REGION": "cn-shanghai",
        "INGEST_DEAD_LETTER_QUEUE_URL": "https://1.mns.cn-shanghai.aliyuncs.com/queues/letters",
    }
)
REF = ObjectRef("alibaba", "pictures", "a\n%41 +\u202e.jpg")
STATE = ObjectState("E7", None, "2026-01-01T00:00:00+00:00", 5)


def write(tmp_path: Path, reason: Reason, queue: FakeOperatorQueue | None) -> list[str]:
    outcome = Outcome(reason.result, REF, reason, "it is text", state=STATE)
    with open_run(tmp_path, {}) as folder:
        Letters(SETTINGS, folder, "20261129T0655-7f3a", queue).write([outcome])
    return (tmp_path / "letters.jsonl").read_text(encoding="ascii").splitlines()


def test_the_folder_and_the_queue_hold_the_same_letter(tmp_path: Path) -> None:
    queue = FakeOperatorQueue()
    (line,) = write(tmp_path, Reason.NOT_AN_IMAGE, queue)
    letter = json.loads(line)
    assert [json.loads(text) for text in queue.sent] == [letter]
    assert (letter["code"], letter["class"], letter["message"]) == ("not_an_image", "permanent", "it is text")
    assert (letter["source"]["key"], letter["source"]["etag"]) == ("a\n%41 +\u202e.jpg", "E7")
    assert (letter["run"], letter["source"]["event_name"]) == ("20261129T0655-7f3a", "announced:backfill")
    assert Reason.NOT_AN_IMAGE.result is Result.REJECTED


def test_the_dlq_commands_read_the_letter_and_can_replay_it(tmp_path: Path) -> None:
    (text,) = write(tmp_path, Reason.CORRUPT_IMAGE, None)
    line = read_line(text)
    assert line is not None
    assert to_announce(line) == REF
