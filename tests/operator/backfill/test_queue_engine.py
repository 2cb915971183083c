"""A backfill through the queue, on a bucket and a queue of each local cloud."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ops.backfill import backfilling, limits
from imagesearch_ops.backfill.backfilling import run_backfill
from imagesearch_ops.backfill.engine_name import EngineName
from imagesearch_ops.backfill.wanted import Wanted
from imagesearch_ops.buckets.port import ListedObject, ListingError
from imagesearch_ops.errors import InputError
from tests.operator.backfill.conftest import AlibabaShop, AwsShop, Shop

HOSTILE = [
    "a b.jpg",
    "a+b.jpg",
    "a%41.jpg",
    "a\nb.jpg",
    "a\tb.jpg",
    "trailing ",
    "x\u202egpj.exe.jpg",
    "\U0001f45f.jpg",
]
COUNTS = ("listed", "sent", "skipped")


@pytest.fixture
def shown(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Return a function that runs ``backfill`` for a person, and returns all that is printed."""

    def shown(shop: Shop, **options: Any) -> str:
        run_backfill(Wanted(shop.url, **{"yes": True, **options}), shop.environ, as_json=False)
        output = capsys.readouterr()
        return output.err + output.out

    return shown


def fill(shop: Shop, number: int) -> list[str]:
    """Put pictures into the bucket, and three objects that are none. Return the keys of the pictures."""
    keys = [f"shoes/{n % 7}/{n:04}.jpg" for n in range(number)]
    shop.put(*keys, "shoes/Thumbs.db", "zz/.DS_Store", "x" * 300)
    return keys


def count(summary: dict[str, Any]) -> list[int]:
    return [summary[name] for name in COUNTS]


def test_every_picture_is_announced_once_and_what_the_rule_refuses_is_counted(shop: Shop, backfill) -> None:
    keys = fill(shop, 70)
    done = backfill(shop)
    assert shop.announced() == Counter(keys)
    assert count(done.summary) == [73, 70, 3]
    assert done.summary["skipped_by_reason"] == {"never_a_picture": 2, "key_too_long": 1}
    assert (done.summary["engine"], done.summary["exit"], done.summary["dry_run"]) == ("queue", 0, False)
    assert (done.summary["last_key"], done.summary["waiting_about"]) == ("zz/.DS_Store", 70)
    assert sorted(line["key"] for line in done.lines) == sorted(["shoes/Thumbs.db", "zz/.DS_Store", "x" * 300])
    assert {line["reason"] for line in done.lines} == {"never_a_picture", "key_too_long"}


def test_the_messages_say_why_and_in_which_run(shop: Shop, backfill) -> None:
    shop.put("1.jpg")
    done = backfill(shop)
    assert [json.loads(body)["imagesearch_ingest"] for body in shop.bodies()] == [
        {"look_at": {"bucket": shop.name, "key": "1.jpg"}, "why": "backfill", "run": done.summary["run"]}
    ]


def test_the_messages_give_way_on_sqs(on_aws: AwsShop, backfill) -> None:
    fill(on_aws, 12)
    backfill(on_aws)
    assert on_aws.groups() == {"backfill"}


def test_the_messages_give_way_on_smq(on_alibaba: AlibabaShop, backfill) -> None:
    fill(on_alibaba, 12)
    backfill(on_alibaba)
    assert on_alibaba.priorities() == {16}


def test_hostile_keys_are_announced_as_they_are(shop: Shop, backfill) -> None:
    keys = [key for key in HOSTILE if shop.cloud == "alibaba" or "\n" not in key]  # the local S3 has no such keys
    shop.put(*keys)
    done = backfill(shop)
    assert shop.announced() == Counter(keys)
    assert done.summary["sent"] == len(keys)


def test_only_the_prefix_is_announced(shop: Shop, backfill) -> None:
    shop.put("a/1.jpg", "b/1.jpg", "b/2.jpg", "c/1.jpg")
    done = backfill(shop, url=f"{shop.url}/b/")
    assert shop.announced() == Counter(["b/1.jpg", "b/2.jpg"])
    assert done.summary["url"] == f"{shop.url}/b/"


def test_a_dry_run_sends_nothing_and_leaves_nothing(shop: Shop, backfill) -> None:
    fill(shop, 25)
    done = backfill(shop, yes=False)
    assert shop.bodies() == []
    assert not shop.state.exists()
    assert count(done.summary) == [28, 25, 3]
    assert (done.summary["dry_run"], done.summary["exit"]) == (True, 0)
    assert f"To send: imagesearch-ingest backfill {shop.url} --state {shop.state} --yes" in done.messages
    assert backfill(shop).summary["sent"] == 25  # in the folder of the dry run


def test_a_key_with_a_slash_at_its_end_is_announced_unless_it_is_known_to_be_empty(
    on_aws: AwsShop, backfill, tmp_path: Path
) -> None:
    """What was announced by a listing and cancelled comes back from a file that has only the keys."""
    on_aws.server.client("s3").put_object(Bucket=on_aws.name, Key="empty/", Body=b"")
    on_aws.put("full/")
    assert backfill(on_aws).summary["skipped_by_reason"] == {"folder_marker": 1}
    assert set(on_aws.announced()) == {"full/"}
    on_aws.drain(1)
    keys = tmp_path / "keys.jsonl"
    keys.write_text('{"key": "full/"}\n')
    backfill(on_aws, keys_from=str(keys), state=tmp_path / "again")
    assert set(on_aws.announced()) == {"full/"}


def test_a_dry_run_says_what_waits_already(shop: Shop, shown: Callable[..., str]) -> None:
    shop.put("1.jpg")
    assert "1 listed, 1 would be sent, 0 skipped. At 5 adds a second: less than a minute." in shown(shop, yes=False)
    shown(shop)
    again = shown(shop, yes=False)
    assert "At 5 adds a second, behind about 1 that wait already: less than a minute." in again


def test_a_dry_run_that_would_send_nothing_names_no_command(shop: Shop, shown: Callable[..., str]) -> None:
    shop.put("Thumbs.db")
    text = shown(shop, yes=False)
    assert "nothing was sent, and nothing would be." in text
    assert text.endswith("\n1 listed, 0 would be sent, 1 skipped.\n")
    assert "--yes" not in text


def test_every_batch_is_in_the_journal(shop: Shop, backfill) -> None:
    keys = sorted(fill(shop, 45))
    backfill(shop)
    lines = shop.read("journal.jsonl")
    assert sum(line["keys"] for line in lines) == 45
    assert {line["action"] for line in lines} == {"announce"}
    assert [lines[0]["first"], lines[-1]["last"]] == [keys[0], keys[-1]]


def test_the_run_tells_where_it_is(shop: Shop, backfill) -> None:
    fill(shop, 12)
    done = backfill(shop)
    about = shop.about()
    assert (about["command"], about["engine"], about["complete"], about["run"]) == (
        "backfill",
        "queue",
        True,
        done.summary["run"],
    )
    assert (about["last_key"], about["count"], about["instance"]) == ("zz/.DS_Store", 15, "demo")
    assert about["counts"] == {
        "listed": 15,
        "sent": 12,
        "skipped": 3,
        "skipped_by_reason": {"never_a_picture": 2, "key_too_long": 1},
    }
    assert sorted(line["key"] for line in shop.read("objects.jsonl")) == ["shoes/Thumbs.db", "x" * 300, "zz/.DS_Store"]


def test_an_empty_bucket_is_hardly_what_was_wanted(shop: Shop, backfill) -> None:
    done = backfill(shop)
    assert (done.summary["exit"], done.summary["error"]["reason"]) == (3, "empty")
    assert "holds no objects" in done.messages


def test_an_empty_source_is_named(on_aws: AwsShop, backfill) -> None:
    on_aws.put("1.jpg")
    done = backfill(on_aws, since="2099-01-01")
    assert (done.summary["exit"], done.summary["error"]["reason"]) == (3, "empty")
    assert f"{on_aws.url} (listing since 2099-01-01T00:00:00Z) holds no objects" in done.messages


def test_an_end_in_centuries_can_be_told(on_aws: AwsShop, backfill) -> None:
    on_aws.put("1.jpg")
    done = backfill(on_aws, environ={"INGEST_ADDS_PER_SECOND": "1e-12"}, yes=False)
    assert done.summary["exit"] == 0
    assert done.summary["done_by"] > "2100"


def test_a_bucket_without_a_picture_is_hardly_what_was_wanted(shop: Shop, backfill) -> None:
    shop.put("Thumbs.db")
    done = backfill(shop)
    assert (done.summary["exit"], done.summary["error"]["reason"]) == (3, "nothing_eligible")
    assert shop.bodies() == []


def test_a_missing_bucket_is_named(shop: Shop, backfill) -> None:
    missing = f"{shop.name}-gone"
    done = backfill(shop, url=f"{shop.url}-gone", environ={"INGEST_BUCKET": missing})
    assert (done.summary["exit"], done.summary["error"]["reason"]) == (7, "bucket_missing")
    assert missing in done.summary["error"]["message"]
    assert not (shop.state / "run.json").exists()


def test_a_queue_that_does_not_exist_is_noticed_first(shop: Shop, backfill) -> None:
    fill(shop, 3)
    done = backfill(shop, environ={"INGEST_QUEUE_URL": f"{shop.environ['INGEST_QUEUE_URL']}-gone"})
    assert (done.summary["exit"], done.summary["listed"]) == (7, 0)
    assert not (shop.state / "run.json").exists()


def test_a_limit_stops_before_the_next_object_and_the_rest_follows(shop: Shop, backfill) -> None:
    keys = fill(shop, 45)
    first = backfill(shop, max_objects=20)
    assert (first.summary["exit"], first.summary["error"]["reason"]) == (6, "max_objects")
    assert (first.summary["sent"], shop.announced().total(), shop.about()["complete"]) == (20, 20, False)
    second = backfill(shop, resume=str(shop.state))
    assert (second.summary["exit"], count(second.summary)) == (0, [48, 45, 3])
    assert shop.announced() == Counter(keys)


def test_a_limit_that_nothing_exceeds_is_no_limit(shop: Shop, backfill) -> None:
    fill(shop, 20)
    done = backfill(shop, max_objects=20)
    assert (done.summary["exit"], done.summary["listed"]) == (0, 23)
    assert shop.about()["complete"]


def test_a_complete_run_sends_nothing_again(shop: Shop, backfill) -> None:
    fill(shop, 12)
    first = backfill(shop)
    before = (shop.state / "run.json").read_bytes()
    second = backfill(shop, resume=str(shop.state))
    assert (second.summary["exit"], second.summary["run"]) == (0, first.summary["run"])
    assert count(second.summary) == count(first.summary)
    assert shop.announced().total() == 12
    assert (shop.state / "run.json").read_bytes() == before


def test_a_dry_run_of_a_run_changes_nothing_in_it(shop: Shop, backfill) -> None:
    fill(shop, 45)
    backfill(shop, max_objects=20)
    before = {path.name: path.read_bytes() for path in shop.state.iterdir()}
    done = backfill(shop, resume=str(shop.state), yes=False)
    assert (done.summary["exit"], count(done.summary)) == (0, [48, 45, 3])
    assert shop.announced().total() == 20
    assert {path.name: path.read_bytes() for path in shop.state.iterdir()} == before


@pytest.mark.parametrize(
    ("changed", "options", "named"),
    [
        ({"INGEST_KEY_TEMPLATE": "{product_id}/{pic_name}"}, {}, "rule"),
        ({"INGEST_INSTANCE_NAME": "other"}, {}, "instance"),
        ({"INGEST_EXCLUDE": "*.gif"}, {}, "exclude"),
        ({"INGEST_SMALL_PICTURES": "pad"}, {}, "preparation"),
        ({}, {"engine": EngineName.DIRECT}, "engine"),
    ],
)
def test_a_run_goes_on_only_as_it_was(on_aws: AwsShop, backfill, changed, options, named) -> None:
    fill(on_aws, 45)
    backfill(on_aws, max_objects=20)
    done = backfill(on_aws, resume=str(on_aws.state), environ=changed, **options)
    assert isinstance(done.error, InputError)
    assert f"{named} was" in str(done.error)
    assert on_aws.announced().total() == 20


def test_a_run_goes_on_only_with_the_same_prefix(on_aws: AwsShop, backfill) -> None:
    fill(on_aws, 45)
    backfill(on_aws, max_objects=20)
    done = backfill(on_aws, url=f"{on_aws.url}/shoes/", resume=str(on_aws.state))
    assert f'url was "{on_aws.url}", not "{on_aws.url}/shoes/"' in str(done.error)


class Failing:
    """The keys of another source, up to a fault."""

    name, is_listing = "listing", True

    def __init__(self, source: Any, after: int, fault: Exception) -> None:
        self.source, self.after, self.fault = source, after, fault

    def objects(self, last_key: str, number: int) -> Iterator[ListedObject]:
        for n, listed in enumerate(self.source.objects(last_key, number)):
            if n == self.after:
                raise self.fault
            yield listed


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (ListingError("the listing of b cannot be trusted"), 1),
        (IngestError(Reason.SERVICE_UNAVAILABLE, "listing failed"), 5),
        (IngestError(Reason.BUCKET_FORBIDDEN, "listing failed"), 7),
    ],
)
def test_a_listing_that_fails_half_way_is_taken_up_again(shop: Shop, backfill, monkeypatch, fault, code) -> None:
    keys = fill(shop, 45)
    with monkeypatch.context() as patch:
        real = backfilling.open_keys
        patch.setattr(backfilling, "open_keys", lambda *given: Failing(real(*given), 33, fault))
        first = backfill(shop)
    assert first.error is fault
    assert (first.summary["exit"], first.summary["listed"]) == (code, 33)
    assert first.summary["sent"] + first.summary["skipped"] == 33
    assert shop.announced().total() == first.summary["sent"]
    second = backfill(shop, resume=str(shop.state))
    assert count(second.summary) == [48, 45, 3]
    assert shop.announced() == Counter(keys)
    assert len(shop.read("objects.jsonl")) == 3


def test_ten_days_of_work_are_the_most_on_sqs(on_aws: AwsShop, backfill) -> None:
    rate = {"INGEST_ADDS_PER_SECOND": "0.00005"}  # ten days: 43 objects
    fill(on_aws, 60)
    first = backfill(on_aws, environ=rate)
    assert (first.summary["exit"], first.summary["error"]["reason"]) == (6, "days_of_work")
    assert first.summary["error"]["message"].startswith("Ask Alibaba Cloud for a higher AddImage rate")
    assert on_aws.announced().total() == first.summary["sent"] == 43
    assert first.summary["resume_at"] > first.summary["done_by"][:4]
    full = backfill(on_aws, resume=str(on_aws.state), environ=rate)
    assert (full.summary["exit"], on_aws.announced().total()) == (6, 43)
    on_aws.drain(10)
    second = backfill(on_aws, resume=str(on_aws.state), environ=rate)
    assert (second.summary["exit"], on_aws.announced().total()) == (6, 43)
    on_aws.drain(20)
    last = backfill(on_aws, resume=str(on_aws.state), environ=rate)
    assert (last.summary["exit"], count(last.summary)) == (0, [63, 60, 3])


def test_a_share_of_the_rate_fills_the_queue_less(on_aws: AwsShop, backfill) -> None:
    share = {"INGEST_ADDS_PER_SECOND": "0.0001", "INGEST_RATE_SHARE_PERCENT": "50"}
    fill(on_aws, 60)
    done = backfill(on_aws, environ=share)
    assert (done.summary["exit"], done.summary["sent"], done.summary["adds_per_second"]) == (6, 43, 0.00005)
    assert "43 objects at 5e-05 adds a second (50% of 0.0001)" in done.summary["error"]["message"]


def test_a_dry_run_counts_beyond_ten_days_of_work(on_aws: AwsShop, backfill) -> None:
    fill(on_aws, 60)
    done = backfill(on_aws, yes=False, environ={"INGEST_ADDS_PER_SECOND": "0.00005"})
    assert (done.summary["exit"], done.summary["sent"]) == (0, 60)
    assert "Ask Alibaba Cloud for a higher AddImage rate" in done.messages


def test_on_smq_no_more_wait_than_may(on_alibaba: AlibabaShop, backfill, monkeypatch) -> None:
    keys, deepest = fill(on_alibaba, 100), 0

    def work(_: float) -> None:
        """Let the function take some messages, while the command waits."""
        nonlocal deepest
        deepest = max(deepest, len(on_alibaba.bodies()))
        taken.update(on_alibaba.announced())
        on_alibaba.drain(10)
        taken.subtract(on_alibaba.announced())

    taken: Counter[str] = Counter()
    monkeypatch.setattr(limits.time, "sleep", work)
    done = backfill(on_alibaba, max_wait="10s", environ={"INGEST_ADDS_PER_SECOND": "3"})
    assert (done.summary["exit"], done.summary["sent"]) == (0, 100)
    assert deepest == 30
    assert taken + on_alibaba.announced() == Counter(keys)


def test_without_a_queue_this_process_does_the_work(on_aws: AwsShop, backfill) -> None:
    done = backfill(on_aws, yes=False, environ={"INGEST_QUEUE_URL": ""})
    assert "engine direct: this process does the work, since no queue" in done.messages


def test_the_first_lines_name_the_deployment_and_the_engine(shop: Shop, backfill) -> None:
    shop.put("1.jpg")
    first, second, *_ = backfill(shop, yes=False).messages.splitlines()
    assert first.startswith("this shell's settings")
    assert second == (f"engine queue: the deployed function does the work, told by {shop.environ['INGEST_QUEUE_URL']}")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"url": "s3://another"}, "INGEST_BUCKET is"),
        ({"url": "no-such-folder"}, "not a folder"),
        ({"max_wait": "soon"}, "--max-wait soon: not a duration"),
        ({"max_wait": "0"}, "--max-wait 0: must be above 0"),
        ({"rate": 0.0}, "--rate 0: must be above 0"),
        ({"rate": 3.0}, "--rate is for the direct engine"),
        ({"staging": "oss://other"}, "--staging is for the bulk engine"),
    ],
)
def test_options_that_cannot_be_obeyed_are_named(on_aws: AwsShop, backfill, options, message) -> None:
    done = backfill(on_aws, **options)
    assert isinstance(done.error, InputError)
    assert message in str(done.error)
    assert not on_aws.state.exists()


def test_a_bucket_on_another_cloud_than_the_queue_is_refused(on_aws: AwsShop, on_alibaba, backfill) -> None:
    there = on_alibaba.environ | {"INGEST_BUCKET": on_aws.name}
    done = backfill(on_aws, environ=there)
    assert "are not on the same cloud" in str(done.error)


def test_a_folder_is_no_bucket(on_aws: AwsShop, backfill, tmp_path: Path) -> None:
    done = backfill(on_aws, url=str(tmp_path))
    assert "name s3://bucket or oss://bucket" in str(done.error)


def test_a_command_to_go_on_means_the_same_time(on_aws: AwsShop, backfill) -> None:
    fill(on_aws, 25)
    first = backfill(on_aws, since="2d", max_objects=10)
    assert first.summary["exit"] == 6
    since = on_aws.about()["source"].rpartition(" since ")[2]
    second = backfill(on_aws, since=since, resume=str(on_aws.state))
    assert (second.summary["exit"], count(second.summary)) == (0, [28, 25, 3])
    dry = backfill(on_aws, since="2d", yes=False)
    assert re.search(r"--since 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ --state", dry.messages)
