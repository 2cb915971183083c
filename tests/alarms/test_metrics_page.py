"""docs/metrics.md explains each metric, and its queries are valid."""

import re
from pathlib import Path

from imagesearch_ingest.watch.look import Look
from tests.support.ros_template import RosStack
from tests.support.sls import LogStore
from tests.support.sls_world import SlsWorld

PAGE = (Path(__file__).parents[2] / "docs/metrics.md").read_text(encoding="utf-8")


def log_store() -> LogStore:
    (index,) = RosStack().of_type("ALIYUN::SLS::Index").values()
    return LogStore(index)


def cells() -> list[list[str]]:
    """Return the cells of each row about metrics. A bar within a cell is escaped."""
    rows = re.findall(r"^\| `[A-Z].*$", PAGE, flags=re.MULTILINE)
    return [[cell.replace("\\|", "|").strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in rows]


def test_each_metric_of_the_index_is_explained_and_no_other() -> None:
    named = {name for first, *_ in cells() for name in re.findall(r"`(\w+)`", first)}
    indexed = {name.removeprefix("message.") for name in log_store().types if name.startswith("message.")}
    assert named == {name for name in indexed if name[0].isupper()}


def test_each_query_is_about_a_metric_of_its_row() -> None:
    store = log_store()
    for first, _, _, query in cells():
        text = query.strip("`")
        assert store.query(text, 0, 1) is not None
        assert set(re.findall(r"message\.([A-Z]\w+)", text)) <= set(re.findall(r"`(\w+)`", first))


def test_the_latest_value_of_the_watch_is_found(capsys) -> None:
    world = SlsWorld(None, RosStack(), capsys)
    for hour, percent in enumerate((10.0, 12.5)):
        world.look(hour * 3600, Look(full_percent=percent))
    (query,) = [last.strip("`") for first, *_, last in cells() if first == "`IndexFullPercent`"]
    assert world.log.query(query, 0, 86400) == [{"percent": 12.5}]


def test_the_query_for_one_key_finds_its_lines_alone() -> None:
    (query,) = re.findall(r"^message\.key: .*$", PAGE, flags=re.MULTILINE)
    store = log_store()
    for key in ("shoes/1/front.jpg", "shoes/2/front.jpg"):
        store.write(60, message=f'{{"message": "object", "key": "{key}", "outcome": "added"}}')
    (row,) = store.query(query, 0, 3600)
    assert row["outcome"] == "added"
