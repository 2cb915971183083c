"""Count records by what they have in common, with the command that replays each group."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from imagesearch_ops.dlq.choices import By
from imagesearch_ops.dlq.filters import write_value
from imagesearch_ops.dlq.letters import Line, failed_at, hint, key
from imagesearch_ops.shell import quote

_DAY = len("2026-01-02")


@dataclass(frozen=True, slots=True)
class Group:
    """The records of one group. ``command`` is empty if no expression selects exactly these."""

    name: str
    records: int
    hint: str
    command: str


def group(lines: Iterable[Line], by: By, words: Sequence[str] = ()) -> list[Group]:
    """Return the groups, largest first. ``words`` are options that each command needs besides its own."""
    counts: Counter[str] = Counter()
    hints: dict[str, str] = {}
    for line in lines:
        name = _name(line, by)
        counts[name] += 1
        if by is By.REASON:
            hints.setdefault(name, hint(line))
    if by is By.PREFIX:
        counts = _by_folder(counts)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [Group(name, records, hints.get(name, ""), _command(name, by, words)) for name, records in ordered]


def _name(line: Line, by: By) -> str:
    match by:
        case By.REASON:
            return str(line["code"])
        case By.CLASS:
            return str(line.get("class") or "")
        case By.PREFIX:
            folder, slash, _ = key(line).rpartition("/")
            return folder + slash
        case By.DAY:
            return failed_at(line)[:_DAY]
        case By.RUN:
            return str(line.get("run") or "")


def _by_folder(folders: Counter[str]) -> Counter[str]:
    """Return the counts by the first folder in which the keys differ."""
    parts = [folder.split("/")[:-1] for folder in folders]
    shared = 0
    for steps in zip(*parts, strict=False):
        if len(set(steps)) > 1:
            break
        shared += 1
    counts: Counter[str] = Counter()
    for folder, number in folders.items():
        counts["".join(f"{step}/" for step in folder.split("/")[:-1][: shared + 1])] += number
    return counts


def _command(name: str, by: By, words: Sequence[str]) -> str:
    if not name:
        return ""
    own = (f"--where {quote(one)}" for one in _expressions(name, by))
    return " ".join(["imagesearch-ingest dlq replay", *own, *words])


def _expressions(name: str, by: By) -> Iterator[str]:
    if by is By.DAY:
        yield f"since={name}"
        yield f"until={name}"
    else:
        yield f"{by}={write_value(name)}"
