"""The sentences about a plan: true whatever the numbers are."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from imagesearch_ops.buckets.folder import FolderBucket
from imagesearch_ops.buckets.opening import Place
from imagesearch_ops.buckets.port import ListedObject
from imagesearch_ops.deployment import read_local_settings
from imagesearch_ops.instance import InstanceDetail
from imagesearch_ops.key_judge import KeyJudge
from imagesearch_ops.plan.census import Census
from imagesearch_ops.plan.summary import Totals
from imagesearch_ops.plan.tally import Tally
from imagesearch_ops.plan.text import describe_basis, list_facts, list_reasons

SETTINGS = read_local_settings({})


def make_totals(*classes: str) -> Totals:
    """Return the totals of one archived object for each storage class. All were looked at."""
    census, tally, judge = Census(), Tally(), KeyJudge(SETTINGS)
    for number, storage_class in enumerate(classes):
        listed = ListedObject(f"shop/{number}.jpg", 10, "", storage_class)
        census.add(listed, judge.judge(listed))
        tally.add({"outcome": "would_reject", "reason": "object_archived"})
    return Totals(census, tally, SETTINGS, 5, None, None)


def test_objects_that_were_not_read_are_not_called_read() -> None:
    totals = make_totals("GLACIER", "GLACIER")
    assert describe_basis(totals) == "all 2 were looked at"
    assert totals.cost()["basis"].startswith("2 objects looked at;")
    assert list(list_reasons(totals)) == [("object_archived", 2, "of all 2")]
    totals.census.eligible = 9
    assert list(list_reasons(totals)) == [("object_archived", 2, "of 2 sampled")]


def test_an_end_after_the_last_date_of_the_calendar_is_after_the_expiry(tmp_path: Path) -> None:
    expires = datetime(2099, 5, 6, tzinfo=UTC)
    totals = make_totals("STANDARD")
    totals.census.eligible = 1_000_000
    place = Place(FolderBucket(tmp_path), "in", "", None)
    for rate, ending in ((5.0, ""), (1e-7, ": before the end"), (1e-300, ": before the end")):
        slow = replace(totals, rate=rate, tally=Tally(), detail=InstanceDetail(0, 2_000_000, 5, "generic", expires))
        assert list_facts(slow, place)["capacity"][1] == f"the instance expires at 2099-05-06{ending}"
