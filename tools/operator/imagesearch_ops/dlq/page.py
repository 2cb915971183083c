"""Write dead letters as one static page: to read, with the command that replays each group to copy."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from imagesearch_ops.dlq.choices import By
from imagesearch_ops.dlq.groups import Group
from imagesearch_ops.dlq.letters import Line, failed_at, hint, key
from imagesearch_ops.dlq.report import MOST_ROWS
from imagesearch_ops.dlq.session import Session
from imagesearch_ops.run_folder import write_whole
from imagesearch_ops.terminal_text import printable

_TO_SECONDS = len("2026-01-02T03:04:05")
_TO_MINUTES = len("2026-01-02T03:04")


def write_page(
    path: Path, groups: Sequence[Group], lines: Callable[[], Iterator[Line]], session: Session, by: By
) -> None:
    """Write the page as a whole. It holds no script, and asks for nothing."""
    summary = session.report.summary
    rows = [_row(line) for line in islice(lines(), MOST_ROWS)]
    page = (
        _environment()
        .get_template("page.html")
        .render(
            title=session.file.name if session.file else session.deployment.describe(),
            made_at=datetime.now(UTC).isoformat(timespec="minutes").replace("+00:00", "Z"),
            summary=summary,
            by=str(by),
            groups=[
                {"name": one.name or "(none)", "records": one.records, "hint": one.hint, "command": one.command}
                for one in groups[:MOST_ROWS]
            ],
            rows=rows,
            left_out=summary["records"] - len(rows),
            most=MOST_ROWS,
        )
    )
    write_whole(path, page.encode("utf-8", "backslashreplace"))


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("imagesearch_ops.dlq", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["printable"] = lambda value: printable("" if value is None else str(value))
    environment.filters["utc"] = lambda value: f"{_cut(str(value), _TO_MINUTES)} UTC"
    return environment


def _cut(time: str, length: int) -> str:
    return printable(time[:length].replace("T", " "))


def _row(line: Line) -> dict[str, str]:
    return {
        "failed_at": _cut(failed_at(line), _TO_SECONDS),
        "key": key(line),
        "code": str(line["code"]),
        "message": str(line["message"]),
        "hint": hint(line),
        "index_holds": str(line.get("index_holds") or ""),
        "copies": str(line.get("copies", 1)),
        "expires_at": str(line.get("expires_at") or ""),
        "record_id": str(line.get("record_id") or line.get("message_id") or ""),
    }
