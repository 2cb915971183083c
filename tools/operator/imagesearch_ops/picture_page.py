"""Write one static page about prepared pictures: the reasons first, then each picture before and after."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from imagesearch_ingest.model.reasons import Reason
from imagesearch_ops.errors import InputError
from imagesearch_ops.input_files import FoundFiles, InputFile
from imagesearch_ops.output import describe_steps
from imagesearch_ops.pages import render
from imagesearch_ops.parallel_preparer import Done, FileResult
from imagesearch_ops.previews import Budget, Preview
from imagesearch_ops.run_folder import check_replaceable, write_whole

MOST_PICTURES = 1000
MOST_PREVIEW_BYTES = 6_000_000  # a third more as text; each half, for rejected and for prepared pictures
_FEW = 100  # pictures: their previews may be larger
_SIDES = (400, 200)  # pixels, of a preview
_MOST_OPEN = 50  # pictures of a group that is shown without a click
_WARNING = "blank: "
_SLACK = 32  # more previews than are shown: pictures that are at work when the last place is taken
PREPARED = ("warning", "changed", "as they are")


@dataclass(frozen=True, slots=True)
class _Picture:
    result: FileResult
    before: Preview | None
    after: Preview | None

    def describe(self) -> dict[str, object]:
        one = self.result
        folder, _, name = one.path.rpartition("/")
        return {
            "folder": folder,
            "name": name,
            "detail": one.detail,
            "steps": describe_steps(one.steps),
            "bytes_in": _count_bytes(one.bytes_in),
            "bytes_out": _count_bytes(one.bytes_out or 0),
            "format": one.format,
            "width": one.width,
            "height": one.height,
            "before": self.before,
            "after": self.after,
        }


@dataclass(slots=True)
class PictureGroups:
    """Pictures by what becomes of them: a bounded number of each group. All are counted.

    ``most`` limits a group by its name, and ``most_of_reason`` that of a reason.
    """

    most: Mapping[str, int] = field(default_factory=dict)
    most_of_reason: int = MOST_PICTURES
    outcomes: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    pictures: dict[str, list[_Picture]] = field(default_factory=dict)  # by group
    _wanted: Counter[str] = field(default_factory=Counter)
    _budgets: dict[str, Budget] = field(default_factory=dict)

    def wants_previews(self, result: FileResult) -> bool:
        """Return whether the page has room for previews of such a picture. Safe for several threads."""
        name = result.reason or find_group(result)
        self._wanted[name] += 1
        return self._wanted[name] <= self._limit(name) + _SLACK and not self._budget(result).is_used_up

    def add(self, result: FileResult, before: Preview | None, after: Preview | None) -> None:
        """Count the picture, and keep it if there is room."""
        self.outcomes[find_group(result)] += 1
        if result.reason:
            self.reasons[result.reason] += 1
        name = result.reason or find_group(result)
        kept = self.pictures.setdefault(name, [])
        if len(kept) < self._limit(name):
            self._budget(result).take(sum(len(one.data) for one in (before, after) if one))
            kept.append(_Picture(result, before, after))

    def describe(self) -> list[dict[str, Any]]:
        """Return the reasons, the most frequent first, then the prepared pictures, those with a warning first."""
        room, groups = MOST_PICTURES, []
        names = [*(name for name, _ in self.reasons.most_common()), *PREPARED]
        for name in names:
            kept = self.pictures.get(name, [])[: max(room, 0)]
            room -= len(kept)
            count = self.reasons[name] or self.outcomes[name]
            if count:
                groups.append(_describe_group(name, count, kept))
        return groups

    def _limit(self, name: str) -> int:
        return self.most.get(name, MOST_PICTURES if name in PREPARED else self.most_of_reason)

    def _budget(self, result: FileResult) -> Budget:
        return self._budgets.setdefault(result.outcome, Budget(MOST_PREVIEW_BYTES // 2))


@dataclass(slots=True)
class PicturePage:
    """What a page will show of files."""

    path: Path
    side: int
    groups: PictureGroups = field(default_factory=PictureGroups)

    def wants_previews(self, result: FileResult) -> bool:
        """Return whether the page has room for previews of such a picture."""
        return self.groups.wants_previews(result)

    def add(self, done: Done) -> None:
        """Count the picture, and keep it if there is room."""
        self.groups.add(done.result, done.before, done.after)

    def write(self, paths: Sequence[Path], unread: Sequence[str]) -> None:
        """Write the page as a whole. It holds no script, and asks for nothing."""
        groups = self.groups.describe()
        outcomes = self.groups.outcomes
        page = render(
            "pictures.html",
            title=", ".join(map(str, paths)),
            made_at=datetime.now(UTC).isoformat(timespec="minutes"),
            outcomes=outcomes,
            seen=outcomes.total() + len(unread),
            groups=groups,
            unread=unread[:MOST_PICTURES],
            left_out=outcomes.total() - sum(len(group["pictures"]) for group in groups),
            side=self.side,
        )
        write_whole(self.path, page)


def check_page(path: Path) -> None:
    """Raise ``InputError`` if no page can be written there."""
    if path.suffix.lower() not in {".html", ".htm"}:
        raise InputError(f"{path}: --html names a page to write; its name must end in .html")
    check_replaceable(path)


def start_page(path: Path, found: FoundFiles) -> PicturePage:
    """Return an empty page, and take it off the files that are read. Raise ``InputError`` if it cannot be written."""
    check_page(path)
    found.files[:] = [file for file in found.files if not _is_same(file, path)]
    return PicturePage(path, _SIDES[0] if len(found.files) <= _FEW else _SIDES[1])


def _is_same(file: InputFile, path: Path) -> bool:
    return path.exists() and file.path.exists() and file.path.samefile(path)


def find_group(result: FileResult) -> str:
    """Return what becomes of the picture: its outcome if it has a reason, else one of ``PREPARED``."""
    if result.reason:
        return result.outcome
    if any(step.startswith(_WARNING) for step in result.steps):
        return "warning"
    return "changed" if is_changed(result.steps) else "as they are"


def is_changed(steps: Iterable[str]) -> bool:
    """Return whether the pixels of a picture are not sent as they came. A warning changes nothing."""
    return any(not step.endswith(" removed") and not step.startswith(_WARNING) for step in steps)


def _describe_group(name: str, count: int, kept: Iterable[_Picture]) -> dict[str, Any]:
    pictures = [picture.describe() for picture in kept]
    reason = Reason[name.upper()] if name.upper() in Reason.__members__ else None
    titles = {
        "warning": "Prepared, with a warning",
        "changed": "Prepared, and changed",
        "as they are": "Prepared, and sent as they are",
    }
    return {
        "id": name.replace(" ", "-"),
        "name": titles.get(name, name),
        "hint": reason.hint if reason else "",
        "docs_url": reason.docs_url if reason else "",
        "is_rejected": reason is not None,
        "count": count,
        "pictures": pictures,
        "is_open": len(pictures) <= _MOST_OPEN,
    }


def _count_bytes(count: int) -> str:
    """Return the number of bytes for people."""
    if count < 1000:  # noqa: PLR2004 (the unit)
        return f"{count} bytes"
    return f"{count / 1000:.0f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"  # noqa: PLR2004 (the unit)
