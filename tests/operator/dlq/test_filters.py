"""The expressions of --where, and the groups that show them."""

import shlex

import pytest

from imagesearch_ingest.dead_letters.letter import Replay
from imagesearch_ops.dlq.choices import By
from imagesearch_ops.dlq.filters import read_filters
from imagesearch_ops.dlq.groups import group
from imagesearch_ops.dlq.letters import Line, read_message
from imagesearch_ops.errors import InputError
from imagesearch_ops.queues import Message
from tests.operator.dlq.conftest import letter_about


def line(key: str = "shoes/a.jpg", **fields: object) -> Line:
    return read_message(Message("m", "r", letter_about(key, **fields).to_json()), "letters", "aws")


LINE = {
    "code": "timeout",
    "fault_class": "transient",
    "failed_at": "2026-11-28T12:00:00.5Z",
    "run": "20261129T0655-7f3a",
    "index_holds": "unknown",
    "replay": Replay(of="x", count=5),
}


@pytest.mark.parametrize(
    ("expressions", "expected"),
    [
        ([], True),
        (["reason=timeout"], True),
        (["reason=network,timeout"], True),
        (["reason=network"], False),
        (["reason = timeout"], False),
        (["class=transient"], True),
        (["class=permanent,systemic"], False),
        (["prefix=shoes/"], True),
        (["prefix=bags/,shoes"], True),
        (["prefix=hoes"], False),
        (["key=shoes/a.jpg"], True),
        (["key=shoes/a"], False),
        (["run=20261129T0655-7f3a"], True),
        (["index_holds=previous"], False),
        (["since=2026-11-28"], True),
        (["since=2026-11-28T12:00:01"], False),
        (["since=2026-11-28T13:00:00+02:00"], True),
        (["until=2026-11-28"], True),
        (["until=2026-11-27"], False),
        (["until=2026-11-28T12:00:00Z"], False),
        (["until=2026-11-28T12:00:01Z"], True),
        (["count>=5"], True),
        (["count>=6"], False),
        (["reason=timeout", "class=permanent"], False),
        (["reason=timeout", "prefix=shoes/", "count>=1"], True),
    ],
)
def test_expressions_choose_records(expressions: list[str], *, expected: bool) -> None:
    assert read_filters(expressions)(line(**LINE)) is expected


@pytest.mark.parametrize(
    ("key", "expression"),
    [("a,b.jpg", r"key=a\,b.jpg"), ("a\\,b", r"key=a\\\,b"), ("a=b>=c", "key=a=b>=c"), ("a\nb", "key=a\nb")],
)
def test_values_may_hold_anything(key: str, expression: str) -> None:
    assert read_filters([expression])(line(key))
    assert not read_filters([expression])(line("a"))


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("resaon=x", "unknown field 'resaon'. Did you mean reason"),
        ("colour=red", "Known are reason, class"),
        ("reason", "write FIELD=VALUE"),
        ("reason>=x", "write reason=VALUE"),
        ("count=5", "count>=5"),
        ("count>=many", "'many' is not a number"),
        ("since=yesterday", "'yesterday' is not a time"),
        ("\x1b[31m=x", r"\\x1b"),
    ],
)
def test_an_expression_that_cannot_be_understood_is_named(expression: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_filters([expression])


def test_a_letter_without_a_valid_time_matches_no_time() -> None:
    assert not read_filters(["since=2000-01-01"])(line(failed_at="never"))


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (By.REASON, [("corrupt_image", 3), ("timeout", 1)]),
        (By.CLASS, [("permanent", 4)]),
        (By.PREFIX, [("in/bags/", 2), ("in/shoes/", 2)]),
        (By.DAY, [("2026-01-01", 3), ("2026-01-02", 1)]),
        (By.RUN, [("", 3), ("r1", 1)]),
    ],
)
def test_groups_are_counted_largest_first(by: By, expected: list[tuple[str, int]]) -> None:
    lines = [
        line("in/shoes/1/a.jpg"),
        line("in/shoes/2/b.jpg", failed_at="2026-01-02T00:00:00Z"),
        line("in/bags/c.jpg", run="r1"),
        line("in/bags/d.jpg", code="timeout"),
    ]
    assert [(one.name, one.records) for one in group(lines, by)] == expected


@pytest.mark.parametrize("by", list(By))
@pytest.mark.parametrize("folder", ["plain/", "with, comma\\/", "it's/", "鞋 x/"])
def test_the_command_of_a_group_chooses_exactly_the_group(by: By, folder: str) -> None:
    lines = [line(f"{folder}a.jpg", run="r,1"), line("other/b.jpg", code="timeout", failed_at="2026-02-02T10:00:00Z")]
    for one in group(lines, by):
        if not one.command:
            assert by is By.RUN
            continue
        words = shlex.split(one.command)
        assert words[:3] == ["imagesearch-ingest", "dlq", "replay"]
        chosen = list(filter(read_filters(words[4::2]), lines))
        assert len(chosen) == one.records


def test_a_group_by_reason_says_what_to_do() -> None:
    (one,) = group([line(hint="Save it again.")], By.REASON)
    assert (one.hint, one.command) == ("Save it again.", "imagesearch-ingest dlq replay --where reason=corrupt_image")
