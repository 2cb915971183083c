"""Write dead letters as one static page: to read, with the command that replays each group to copy."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from imagesearch_ops.dlq.choices import By
from imagesearch_ops.dlq.groups import Group
from imagesearch_ops.dlq.letters import Line, failed_at, hint, key
from imagesearch_ops.dlq.session import Session
from imagesearch_ops.pages import TO_SECONDS, cut_time, render
from imagesearch_ops.report import MOST_ROWS
from imagesearch_ops.run_folder import write_whole


def write_page(
    path: Path, groups: Sequence[Group], lines: Callable[[], Iterator[Line]], session: Session, by: By
) -> None:
    """Write the page as a whole. It holds no script, and asks for nothing."""
    summary = session.report.summary
    rows = [_row(line) for line in islice(lines(), MOST_ROWS)]
    page = render(
        "letters.html",
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
    write_whole(path, page)


def _row(line: Line) -> dict[str, str]:
    return {
        "failed_at": cut_time(failed_at(line), TO_SECONDS),
        "key": key(line),
        "code": str(line["code"]),
        "message": str(line["message"]),
        "hint": hint(line),
        "index_holds": str(line.get("index_holds") or ""),
        "copies": str(line.get("copies", 1)),
        "expires_at": str(line.get("expires_at") or ""),
        "record_id": str(line.get("record_id") or line.get("message_id") or ""),
    }
