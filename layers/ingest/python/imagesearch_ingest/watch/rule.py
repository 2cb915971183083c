"""Judge the rule of EventBridge that sends a bucket's events to the queue.

Values are as DescribeRule and ListTargetsByRule answer them. A condition of the pattern is a list. An event must have
one of its values, or meet one of its comparisons (EventBridge user guide, "Event patterns"). Comparisons that the
template never makes are not judged: a person has written them on purpose.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from imagesearch_ingest.watch.findings import Finding, Kind, aws_command, fault

SOURCE = "aws.s3"
CREATED, DELETED, RESTORED = "Object Created", "Object Deleted", "Object Restore Completed"
_CHANGES = ("Input", "InputPath", "InputTransformer")  # of a target: the function reads events as they are


@dataclass(frozen=True, slots=True)
class Wanted:
    """The events that must reach the queue.

    ``prefixes`` are those of the keys; "" means all keys, and no prefix at all means that keys are not judged.
    """

    bucket: str
    prefixes: tuple[str, ...] = ()
    takes_removals: bool = True

    @property
    def detail_types(self) -> tuple[str, ...]:
        """Return the types of events without which the index would differ from the bucket."""
        return (CREATED, DELETED) if self.takes_removals else (CREATED,)


@dataclass(frozen=True, slots=True)
class Way:
    """The way of a bucket's events to the queue. ``dead_letters_arn`` is the queue of what the rule cannot send."""

    wanted: Wanted
    rule_arn: str
    queue_arn: str
    dead_letters_arn: str | None = None

    @property
    def rule(self) -> str:
        """Return the name of the rule."""
        return self.rule_arn.rpartition("/")[2]


def read_prefixes(text: str) -> tuple[str, ...]:
    """Return the prefixes of the template's parameter KeyPrefix, which has commas between them."""
    return tuple(text.split(","))


def judge_rule(rule: Mapping[str, Any], wanted: Wanted) -> Finding | None:
    """Return the first fault of a rule, or else a remark, or ``None`` if it sends every wanted event."""
    name = rule.get("Name", "")
    if not str(rule.get("State", "")).startswith("ENABLED"):
        return fault(f"the rule {name} is disabled", aws_command("events", "enable-rule", name=name))
    pattern = _read(rule.get("EventPattern"))
    answers = dict(_judge_pattern(pattern, wanted))
    if missing := [what for what, takes in answers.items() if takes is False]:
        mended = _mend(pattern, wanted)
        put = aws_command("events", "put-rule", name=name, state="ENABLED", event_pattern=mended)
        return fault(f"the rule {name} does not send {', '.join(missing)}", put)
    if unjudged := [what for what, takes in answers.items() if takes is None]:
        look = aws_command("events", "describe-rule", name=name)
        return Finding(Kind.REMARK, f"the rule {name} may not send {', '.join(unjudged)}", look)
    return None


def judge_targets(targets: Sequence[Mapping[str, Any]], way: Way) -> Finding | None:
    """Return the fault of a rule whose targets lack the queue, or change what it gets."""
    own = [one for one in targets if one.get("Arn") == way.queue_arn]
    if not own:
        return fault(f"the rule {way.rule} does not send to the queue", _put_target(way, {}))
    changes = [name for name in _CHANGES if name in own[0]]
    if changes:
        kept = {name: value for name, value in own[0].items() if name not in changes}
        return fault(f"the rule {way.rule} changes the events: its target has {changes[0]}", _put_target(way, kept))
    return None


def make_again(way: Way) -> str:
    """Return the commands that make the rule as the template does."""
    put = aws_command("events", "put-rule", name=way.rule, event_pattern=_mend({}, way.wanted))
    return f"{put} && {_put_target(way, {})}"


def _put_target(way: Way, given: Mapping[str, Any]) -> str:
    target = {"Id": "queue", "Arn": way.queue_arn, **given}
    if way.dead_letters_arn:
        target.setdefault("DeadLetterConfig", {"Arn": way.dead_letters_arn})
    return aws_command("events", "put-targets", rule=way.rule, targets=[target])


def is_about(rule: Mapping[str, Any], bucket: str) -> bool:
    """Return whether a rule may send events of a bucket."""
    return _takes(_names(_read(rule.get("EventPattern"))), bucket) is not False


def _judge_pattern(pattern: Mapping[str, Any], wanted: Wanted) -> Iterator[tuple[str, bool | None]]:
    """Yield what must be sent and whether it is. ``None`` means that this cannot be judged."""
    yield "events of S3", _takes(pattern.get("source"), SOURCE)
    for kind in wanted.detail_types:
        yield kind, _takes(pattern.get("detail-type"), kind)
    yield f"events of {wanted.bucket}", _takes(_names(pattern), wanted.bucket)
    keys = _inside(pattern, "detail", "object").get("key")
    for prefix in wanted.prefixes:
        yield f"all keys below {prefix}" if prefix else "all keys", _covers(keys, prefix)
    yield "everything", None if _has_more(pattern) else True


def _takes(conditions: Any, value: str) -> bool | None:  # noqa: ANN401 - a part of a pattern
    """Return whether one of the conditions takes a value. No conditions take every value."""
    if not isinstance(conditions, list):
        return True if conditions is None else None
    answers = [_takes_one(one, value) for one in conditions]
    return True if True in answers else None if None in answers else False


def _takes_one(condition: Any, value: str) -> bool | None:  # noqa: ANN401 - as above
    match condition:
        case {"prefix": str(prefix)}:
            return value.startswith(prefix)
        case {"exists": bool(exists)}:
            return exists
        case {}:
            return None
    return bool(condition == value)


def _covers(conditions: Any, prefix: str) -> bool | None:  # noqa: ANN401 - as above
    """Return whether one of the conditions takes every key below a prefix. A single key is never all of them."""
    if not isinstance(conditions, list):
        return True if conditions is None else None
    return _takes([one for one in conditions if not isinstance(one, str)], prefix)


def _names(pattern: Mapping[str, Any]) -> Any:  # noqa: ANN401 - as above
    return _inside(pattern, "detail", "bucket").get("name")


def _has_more(pattern: Mapping[str, Any]) -> bool:
    """Return whether a pattern has conditions that are not judged here, such as one about the size of objects."""
    detail = _inside(pattern, "detail")
    return bool(
        pattern.keys() - {"source", "detail-type", "detail"}
        or detail.keys() - {"bucket", "object"}
        or _inside(detail, "bucket").keys() - {"name"}
        or _inside(detail, "object").keys() - {"key"}
    )


def _mend(pattern: Mapping[str, Any], wanted: Wanted) -> dict[str, Any]:
    """Return the pattern with what the template writes. Conditions of other fields stay."""
    detail, keys = dict(_inside(pattern, "detail")), {"key": [{"prefix": prefix} for prefix in wanted.prefixes]}
    if not (_names(pattern) and _takes(_names(pattern), wanted.bucket)):
        detail["bucket"] = {"name": [wanted.bucket]}
    if wanted.prefixes:
        others = {name: value for name, value in _inside(detail, "object").items() if name != "key"}
        detail["object"] = others if "" in wanted.prefixes else others | keys
    detail = {name: value for name, value in detail.items() if value}
    return {**pattern, "source": [SOURCE], "detail-type": [CREATED, DELETED, RESTORED], "detail": detail}


def _inside(pattern: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    for name in names:
        found = pattern.get(name)
        pattern = found if isinstance(found, dict) else {}
    return pattern


def _read(text: Any) -> dict[str, Any]:  # noqa: ANN401 - a part of an answer
    found = json.loads(text or "{}")
    return found if isinstance(found, dict) else {}
