"""Write a plan as one static page: the reasons first, with what to do, then pictures before and after."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from imagesearch_ops.buckets.opening import Place
from imagesearch_ops.image_workers import Previews
from imagesearch_ops.pages import render
from imagesearch_ops.parallel_preparer import FileResult
from imagesearch_ops.picture_page import PictureGroups
from imagesearch_ops.plan.advice import advise
from imagesearch_ops.plan.pictures import Line
from imagesearch_ops.plan.summary import Totals
from imagesearch_ops.plan.tally import WOULD_ADD
from imagesearch_ops.plan.text import hint_of, list_facts, list_reasons
from imagesearch_ops.plan.wanted import Wanted
from imagesearch_ops.run_folder import write_whole
from imagesearch_ops.terminal_text import printable

SIDE = 160  # pixels, of a preview
_MOST_OF_REASON = 40
_MOST = {"warning": 40, "changed": 400, "as they are": 60}


@dataclass(slots=True)
class PlanPage:
    """What the page will show. It keeps a bounded number of pictures."""

    path: Path
    place: Place
    groups: PictureGroups = field(default_factory=lambda: PictureGroups(_MOST, _MOST_OF_REASON))
    _examples: dict[str, str] = field(default_factory=dict)

    def wants_previews(self, line: Line) -> bool:
        """Return whether the page has room for previews of such a picture. Safe for several threads."""
        return self.groups.wants_previews(_result(line))

    def add(self, line: Line, previews: Previews) -> None:
        """Count the object, and keep it if there is room."""
        self.groups.add(_result(line), *previews)
        if line["reason"]:
            self._choose_example(line["reason"], line["key"])

    def write(self, totals: Totals, wanted: Wanted) -> None:
        """Write the page as a whole. It holds no script, and asks for nothing."""
        census = totals.census
        page = render(
            "plan.html",
            title=str(self.place),
            made_at=datetime.now(UTC).isoformat(timespec="minutes"),
            facts=list_facts(totals, self.place),
            listed=census.listed,
            eligible=census.eligible,
            skipped=census.skipped.total(),
            rejected_by_key=census.rejected_by_key.total(),
            share=totals.rejected_share,
            reasons=list(self._list_reasons(totals, wanted._replace(place=str(self.place)))),
            keys=[(code, examples) for code, examples in census.examples.items() if examples],
            groups=self.groups.describe(),
        )
        write_whole(self.path, page)

    def _choose_example(self, reason: str, key: str) -> None:
        """Keep one key of each reason for a command: the first that needs no escaping, or else the first."""
        known = self._examples.get(reason)
        if known is None or (printable(known) != known and printable(key) == key):
            self._examples[reason] = key

    def _list_reasons(self, totals: Totals, wanted: Wanted) -> Iterator[dict[str, Any]]:
        for code, count, where in list_reasons(totals):
            known = totals.census.examples.get(code)
            example = self._examples.get(code) or (known[0][0] if known else None)
            yield {
                "code": code,
                "count": count,
                "where": where,
                "hint": hint_of(code),
                "command": advise(code, example, self.place, wanted),
                "has_pictures": code in self.groups.pictures,
            }


def _result(line: Line) -> FileResult:
    """Return the object as the groups of pictures take it."""
    return FileResult(
        path=line["key"],
        outcome="prepared" if line["outcome"] == WOULD_ADD else "rejected",
        reason=line["reason"],
        format=line["format"],
        width=line["width"],
        height=line["height"],
        bytes_in=line["bytes"],
        bytes_out=line["bytes_out"],
        steps=tuple(line["steps"]),
        ms=line["ms"],
        detail=line["detail"],
    )
