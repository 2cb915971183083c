"""``keys test``: try a key rule on a list of keys."""

import json
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from imagesearch_ops import output
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.keys.reading import read_keys
from imagesearch_ops.keys.rules import TriedRule, find_rule
from imagesearch_ops.keys.shapes import Shape, Shapes
from imagesearch_ops.keys.suggesting import Sample, suggest
from imagesearch_ops.keys.trial import EXCLUDED, MATCHED, OUTCOMES, Trial, try_key
from imagesearch_ops.keys.twins import Found, Twins
from imagesearch_ops.report import Report, reporting

UNREADABLE = "unreadable_line"
_MOST_EXAMPLES = 3
_MOST_SHAPES = 100
_MOST_MESSAGES = 100


@dataclass(frozen=True, slots=True)
class TestOptions:
    """Which keys to read, and which rule to try. ``given`` are the rule's texts by the names of their settings."""

    source: str | None
    given: Mapping[str, str]
    field: str | None = None
    stack: str | None = None
    env_file: Path | None = None


@dataclass(slots=True)
class Tally:
    """What is known about the keys so far."""

    keys: int = 0
    unreadable: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    refused: dict[str, list[Trial]] = field(default_factory=dict)
    shapes: Shapes = field(default_factory=Shapes)
    sample: Sample = field(default_factory=Sample)
    collisions: Found = field(default_factory=Found)
    look_alikes: Found = field(default_factory=Found)

    def add(self, trial: Trial) -> None:
        self.keys += 1
        self.outcomes[trial.outcome] += 1
        self.shapes.add(trial.key, trial.outcome)
        if trial.outcome != EXCLUDED:
            self.sample.add(trial.key)
        if (
            trial.outcome not in (MATCHED, EXCLUDED)
            and len(self.refused.setdefault(trial.outcome, [])) < _MOST_EXAMPLES
        ):
            self.refused[trial.outcome].append(trial)


def run_test(options: TestOptions, environ: Mapping[str, str], *, as_json: bool) -> ExitCode:
    """Run the command. Raise ``InputError``, and what ``find_rule`` raises."""
    from imagesearch_ops.keys.showing import show  # noqa: PLC0415 - tables take a while to import

    with reporting(as_json=as_json) as report:
        tried = find_rule(options.given, environ, stack=options.stack, env_file=options.env_file)
        tally = Tally()
        report.ending = lambda: describe(tally)
        output.message(tried.text)
        try:
            _read_all(options, tried, tally, report)
        finally:  # after an interruption, the summary has what was read
            report.summary = _count(tally)
        shapes, suggested = tally.shapes.list(), suggest(tally.sample.keys, tried.rule.prefix)
        report.summary |= _summarize(tally, tried, shapes, suggested)
        if tally.keys and not as_json:
            show(tally, tried, shapes, suggested, options)
        _judge(tally, tried, report)
    return report.code


def describe(tally: Tally) -> str:
    """Return the summary for a person."""
    outcomes = [f"{tally.outcomes[name]} {name.replace('_', ' ')}" for name in OUTCOMES if tally.outcomes[name]]
    more = [f"{tally.unreadable} unreadable"] if tally.unreadable else []
    return ", ".join([f"{tally.keys} key{'' if tally.keys == 1 else 's'}", *outcomes, *more])


def _read_all(options: TestOptions, tried: TriedRule, tally: Tally, report: Report) -> None:
    with Twins() as collisions, Twins() as look_alikes:
        for trial in _try_all(options, tried, tally, report):
            if tried.irreversible and trial.identity:
                collisions.add(f"{trial.identity.product_id}\0{trial.identity.pic_name}", trial.key)
            if not trial.key.isascii():
                look_alikes.add(unicodedata.normalize("NFC", trial.key), trial.key)
        tally.collisions, tally.look_alikes = collisions.find(), look_alikes.find()


def _try_all(options: TestOptions, tried: TriedRule, tally: Tally, report: Report) -> Iterator[Trial]:
    """Yield the trial of each key, after it was counted and its line was printed."""
    for listed in read_keys(options.source, options.field):
        if listed.key is None:
            tally.unreadable += 1
            if tally.unreadable <= _MOST_MESSAGES:
                output.message(f"! line {listed.number}: {listed.fault}")
            line = Trial("", reason=UNREADABLE).public() | {"key": None}
            _print(line | {"line": listed.number, "detail": listed.fault}, report)
            continue
        trial = try_key(tried, listed.key)
        tally.add(trial)
        _print(trial.public(), report)
        yield trial


def _print(line: dict[str, object], report: Report) -> None:
    """Print a line without flushing it: there may be millions."""
    if report.as_json:
        print(json.dumps(line))  # noqa: T201 - the data


def _count(tally: Tally) -> dict[str, object]:
    return {"keys": tally.keys, **{name: tally.outcomes[name] for name in OUTCOMES}, "unreadable": tally.unreadable}


def _summarize(
    tally: Tally, tried: TriedRule, shapes: list[tuple[str, Shape]], suggested: str | None
) -> dict[str, object]:
    shown, rest = shapes[:_MOST_SHAPES], shapes[_MOST_SHAPES:]
    listed = [{"shape": name, "count": shape.count, "examples": shape.examples} for name, shape in shown]
    if rest:
        listed.append({"shape": "...", "count": sum(shape.count for _, shape in rest), "examples": rest[0][1].examples})
    return {
        "collisions": tally.collisions.count,
        "collision_examples": tally.collisions.examples,
        "reversible": tried.irreversible is None,
        "look_alikes": tally.look_alikes.count,
        "look_alike_examples": tally.look_alikes.examples,
        "shapes": listed,
        "suggested": suggested,
    }


def _judge(tally: Tally, tried: TriedRule, report: Report) -> None:
    """Set the exit code, and say why it is not 0."""
    if tally.unreadable:
        report.fail(ExitCode.FAILED, UNREADABLE, f"{tally.unreadable} lines could not be read: see '!' above.")
    if not tally.keys:
        report.fail(ExitCode.INCOMPLETE, "empty", "There are no keys in the list.")
    elif tally.outcomes[EXCLUDED] == tally.keys:
        report.fail(ExitCode.INCOMPLETE, "all_excluded", "Every key is excluded. Nothing would be added.")
    elif tried.irreversible:
        why = f"The function refuses this rule, because two keys may share an entry: {tried.irreversible}."
        report.fail(ExitCode.INCOMPLETE, "irreversible", why)
    elif refused := tally.keys - tally.outcomes[MATCHED] - tally.outcomes[EXCLUDED]:
        report.fail(ExitCode.INCOMPLETE, "rejected", f"{refused} of {tally.keys} keys would be rejected.")
