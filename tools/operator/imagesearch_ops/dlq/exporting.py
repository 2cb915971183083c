"""``dlq export``: write every record as a line of JSON, to keep, to search, or to replay later."""

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from imagesearch_ops import output
from imagesearch_ops.dlq.choices import By
from imagesearch_ops.dlq.groups import group
from imagesearch_ops.dlq.listing import number_of, summarize
from imagesearch_ops.dlq.session import Where, open_session
from imagesearch_ops.errors import InputError
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.report import reporting
from imagesearch_ops.run_folder import check_replaceable, naming, replacing


def run_export(path: Path, where: Where, environ: Mapping[str, str], *, appends: bool, as_json: bool) -> ExitCode:
    """Run the command. The file is replaced as a whole or not at all."""
    with reporting(as_json=as_json) as report:
        report.summary = {"letters": 0, "records": 0, "by": {}, "oldest": None, "expires_first": None}
        report.summary |= {"incomplete": True, "file": str(path)}
        check_replaceable(path)
        with replacing(path) as file:
            if appends and path.exists():
                _copy_lines(path, file)
            with open_session(report, where, environ) as session, session.fold() as folded:
                for line in folded:
                    with naming(path):
                        file.write(json.dumps(line, ensure_ascii=True).encode() + b"\n")
                summarize(report, iter(folded), group(folded, By.REASON))
                report.summary["incomplete"] = session.is_incomplete
        if not as_json:
            output.message(f"{path}: {'appended' if appends else 'written'}, {number_of(report.summary['records'])}")
        return report.code


def _copy_lines(path: Path, file: IO[bytes]) -> None:
    """Copy the lines of an earlier export. Refuse a last line that was cut short: it would spoil the next one."""
    with path.open("rb") as earlier:
        shutil.copyfileobj(earlier, file)
        if earlier.tell() == 0:
            return
        earlier.seek(-1, os.SEEK_END)
        if earlier.read(1) == b"\n":
            return
        earlier.seek(0)
        number, last = 0, b""
        for number, last in enumerate(earlier, 1):  # noqa: B007 - the last one is meant
            pass
    try:
        json.loads(last)
    except ValueError:
        raise InputError(f"{path}: line {number}, the last, is cut short. Remove it, or name another file.") from None
    file.write(b"\n")
