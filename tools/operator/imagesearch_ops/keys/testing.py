"""``keys test``: try a key rule on a list of keys."""

import json
import unicodedata
from collections.abc import Iterator, Mapping

from imagesearch_ops import output
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.keys.reading import read_keys
from imagesearch_ops.keys.rules import TriedRule, find_rule
from imagesearch_ops.keys.shapes import Shape
from imagesearch_ops.keys.suggesting import suggest
from imagesearch_ops.keys.tally import Tally, TestOptions, count, describe
from imagesearch_ops.keys.trial import EXCLUDED, MATCHED, Trial, try_key
from imagesearch_ops.keys.twins import Twins
from imagesearch_ops.progress import tracking
from imagesearch_ops.report import Report, reporting

UNREADABLE = "unreadable_line"
_MOST_SHAPES = 100
_MOST_MESSAGES = 100
_STEP = 1000  # keys between two looks at the clock


def run_test(options: TestOptions, environ: Mapping[str, str], *, as_json: bool) -> ExitCode:
    """Run the command. Raise ``InputError``, and what ``find_rule`` raises."""
    from imagesearch_ops.keys.showing import show  # noqa: PLC0415 - tables take a while to import

    with reporting(as_json=as_json) as report:
        tried = find_rule(options.given, environ, options.deployment)
        tally = Tally()
        report.ending = lambda: describe(tally)
        output.message(tried.text)
        try:
            _read_all(options, tried, tally, report)
        finally:  # after an interruption, the summary has what was read
            report.summary = count(tally)
        shapes, suggested = tally.shapes.list(), suggest(tally.sample.keys, tried.rule.prefix)
        report.summary |= _summarize(tally, tried, shapes, suggested)
        if tally.keys and not as_json:
            show(tally, tried, shapes, suggested, options)
        _judge(tally, tried, report)
    return report.code


def _read_all(options: TestOptions, tried: TriedRule, tally: Tally, report: Report) -> None:
    has_line = not (report.as_json and output.is_data_shown())
    with Twins() as collisions, Twins() as look_alikes, tracking("reading", shown=has_line) as tracker:
        for trial in _try_all(options, tried, tally, report):
            if tally.keys % _STEP == 0:
                tracker.update(tally.keys, counts={"matched": tally.outcomes[MATCHED]})
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
        lines = f"{tally.unreadable} line{'' if tally.unreadable == 1 else 's'}"
        report.fail(ExitCode.FAILED, UNREADABLE, f"{lines} could not be read: see '!' above.")
    if not tally.keys:
        report.fail(ExitCode.INCOMPLETE, "empty", "There are no keys in the list.")
    elif tally.outcomes[EXCLUDED] == tally.keys:
        report.fail(ExitCode.INCOMPLETE, "all_excluded", "Every key is excluded. Nothing would be added.")
    elif tried.irreversible:
        why = f"The function refuses this rule, because two keys may share an entry: {tried.irreversible}."
        report.fail(ExitCode.INCOMPLETE, "irreversible", why)
    elif refused := tally.keys - tally.outcomes[MATCHED] - tally.outcomes[EXCLUDED]:
        report.fail(ExitCode.INCOMPLETE, "rejected", f"{refused} of {tally.keys} keys would be rejected.")
