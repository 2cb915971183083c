"""Show the plan and the results within 80 columns."""

import json
import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from imagesearch_ops.run_folder import write_whole
from imagesearch_ops.terminal_text import printable
from tests.live.probe import Answer, Probe
from tests.live.running import Result
from tests.live.wanted import NEEDS, Wanted

WIDTH = 80
_ID, _ANSWER = 9, 15


def show_needs(missing: Iterable[str]) -> list[str]:
    """Return what each group of probes would need."""
    lines = []
    for group in missing:
        lines += _row(group, "needs", NEEDS[group])
    return lines


def show_plan(wanted: Wanted, probes: Sequence[Probe], more: Sequence[tuple[str, str]], place: str) -> list[str]:
    """Return what a run would do, before anything is done."""
    lines = [*textwrap.wrap(f"It would ask: {place}", WIDTH), "", *show_header("needs", "what it does")]
    for one in probes:
        lines += _row(one.id, one.needs, one.does)
    for name, does in more:
        lines += _row(name, "", does)
    skipped = show_needs(wanted.missing)
    adds = sum(one.adds for one in probes)
    cost = (
        f"At most {adds} AddImage calls, some hundred searches, and some hundred requests of other services: less than "
        "1 USD beside the instance itself. Names begin with imagesearch-live-. Everything is removed at the end, but "
        "for two values of a custom metric (AWS-06), which nobody can remove."
    )
    lines += ["", *textwrap.wrap(cost, WIDTH)]
    return [*lines, "", "Left out:", *skipped] if skipped else lines


def show_header(middle: str, last: str) -> list[str]:
    return _row("ID", middle, last)


def show_result(result: Result) -> list[str]:
    left = [f"Not asked: {result.leaves}."] if result.leaves else []
    return _row(result.id, result.answer.value, shorten(result.text), result.evidence, *left)


def show_counts(results: Sequence[Result]) -> list[str]:
    """Return how many there are of each answer, and which lines of the page can go."""
    counts = Counter(result.answer for result in results)
    words = ", ".join(f"{counts[answer]} {answer.value}" for answer in Answer)
    holding = [result for result in results if result.answer is Answer.HOLDS and "-" in result.id]
    settled = [result.id for result in holding if not result.leaves]
    in_part = [result.id for result in holding if result.leaves]
    wrong = sorted({result.id for result in results if result.answer is Answer.FAILS})
    lines = ["", words]
    for about, names in (
        ("Settled, to delete from docs/not-verified.md", settled),
        ("Settled in part, to shorten to what was not asked", in_part),
        ("Look at what does not hold", wrong),
    ):
        if names:
            lines += ["", *textwrap.wrap(f"{about}: {', '.join(names)}", WIDTH, break_on_hyphens=False)]
    return lines


def shorten(text: str, most: int = 50) -> str:
    """Return the beginning of a line of the page."""
    return textwrap.shorten(text.replace("`", ""), most, placeholder=" ...")


def write_json(path: Path, results: Iterable[Result], place: str, when: str) -> None:
    """Write the evidence, one object a line, as a whole or not at all."""
    lines = [{"asked": place, "when": when}, *(result.public() for result in results)]
    write_whole(path, "".join(json.dumps(line) + "\n" for line in lines).encode())


def _row(name: str, middle: str, *texts: str) -> list[str]:
    room = WIDTH - _ID - _ANSWER
    cells = [line for text in texts for line in textwrap.wrap(printable(text), room, break_on_hyphens=False) or [""]]
    first, *rest = cells or [""]
    return [f"{name:<{_ID}}{middle:<{_ANSWER}}{first}".rstrip(), *(f"{'':{_ID + _ANSWER}}{line}" for line in rest)]
