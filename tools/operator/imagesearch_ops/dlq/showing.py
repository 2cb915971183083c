"""``dlq show``: one letter in full, with what to do and what a replay would decide."""

import json
import shutil
import sys
import textwrap
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from imagesearch_ops import output
from imagesearch_ops.dlq.decisions import Decision, open_decider
from imagesearch_ops.dlq.letters import Line, failed_at, hint, key, replays, source
from imagesearch_ops.dlq.session import Where, open_session
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.report import reporting
from imagesearch_ops.terminal_text import ELLIPSIS, printable

_SHORTEST_ID = 6
_NAME_COLUMNS = 14
_COLUMNS = 80


def run_show(name: str, where: Where, environ: Mapping[str, str], *, as_json: bool) -> ExitCode:
    """Run the command. ``name`` is a key, also as a table shows it, a record ID or its beginning, or a message ID."""
    with reporting(as_json=as_json) as report:
        report.summary = {"records": 0, "incomplete": True}
        with open_session(report, where, environ) as session, session.fold() as folded:
            report.summary["incomplete"] = session.is_incomplete
            decider = open_decider(session.deployment)
            for line in (one for one in folded if _is_meant(one, name)):
                decision = decider.decide(line)
                if report.summary["records"] and not as_json:
                    output.plain("")
                report.summary["records"] += 1
                report.line({**line, "replay_decision": {"decision": decision.text, "why": decision.why}})
                if not as_json:
                    for row in describe(line, decision):
                        output.plain(row)
        if not report.summary["records"]:
            report.fail(ExitCode.FAILED, "not_found", f"no dead letter has the key or ID {name}")
        return report.code


def _is_meant(line: Line, name: str) -> bool:
    record_id = str(line.get("record_id") or "")
    begins = len(name) >= _SHORTEST_ID and record_id.startswith(name)
    shown = printable(key(line))  # as a table shows it; it may begin with an ellipsis
    is_end = name.startswith(ELLIPSIS) and len(name) > _SHORTEST_ID and shown.endswith(name.removeprefix(ELLIPSIS))
    return begins or is_end or name in (key(line), shown, record_id, line.get("message_id"))


def describe(line: Line, decision: Decision) -> Iterator[str]:
    """Yield the letter in lines that fit the terminal."""
    target, upstream, image = (line.get(name) or {} for name in ("target", "upstream", "image"))
    replay = line.get("replay") or {}
    yield from _field("key", key(line) or "(none)")
    about = f"{line.get('class') or 'no class'}, {line.get('stage') or line['kind']}"
    yield from _field("reason", f"{line['code']} ({about})")
    yield from _field("message", line["message"])
    yield from _field("what to do", hint(line))
    yield from _field("replay", f"{decision.text}: {decision.why}" if decision.text != decision.why else decision.why)
    yield from _field("index holds", line.get("index_holds"))
    yield from _field("failed at", failed_at(line))
    yield from _field("first received", line.get("first_received_at"))
    yield from _field("received", _times(line["receive_count"]) if line.get("receive_count") else None)
    yield from _field("replayed", f"{_times(replays(line))}, first as {replay.get('of')}" if replays(line) else None)
    yield from _field("object", _object(source(line)))
    yield from _field("etag", source(line).get("etag"))
    yield from _field("version", source(line).get("version_id"))
    yield from _field("size", f"{source(line)['size']} bytes" if source(line).get("size") is not None else None)
    yield from _field("event", source(line).get("event_name"))
    yield from _field("ProductId", target.get("product_id"))
    yield from _field("PicName", target.get("pic_name"))
    yield from _field("instance", f"{target['instance']} ({target['region']})" if target else None)
    yield from _field("picture", f"{image['format']}, {image['width']}x{image['height']}" if image else None)
    yield from _field("service said", _join(upstream.get("code"), upstream.get("request_id")))
    yield from _field("run", line.get("run"))
    yield from _field("record ID", line.get("record_id"))
    yield from _field("message ID", line.get("message_id"))
    yield from _field("copies", line.get("copies") if int(line.get("copies", 1)) > 1 else None)
    yield from _field("expires at", line.get("expires_at"))
    yield from _field("read on", line.get("docs_url"))
    yield "original event"
    yield from _event(str(line.get("original_event") or ""))


def _field(name: str, value: object) -> Iterator[str]:
    if value in (None, ""):
        return
    width = max(20, _columns() - _NAME_COLUMNS - 2)
    first, *more = textwrap.wrap(printable(str(value)), width, break_on_hyphens=False, drop_whitespace=False) or [""]
    yield f"{name:{_NAME_COLUMNS}}  {first}"
    for row in more:
        yield f"{'':{_NAME_COLUMNS}}  {row}"


def _times(count: int) -> str:
    return f"{count} time{'' if count == 1 else 's'}"


def _object(named: Mapping[str, Any]) -> str | None:
    if not named:
        return None
    scheme = "oss" if named.get("cloud") == "alibaba" else "s3"
    redacted = " (the key is redacted)" if named.get("key_redacted") else ""
    return f"{scheme}://{named['bucket']}/{named['key']}{redacted}"


def _join(*parts: str | None) -> str | None:
    return ", ".join(filter(None, parts)) or None


def _event(text: str) -> Iterator[str]:
    """Yield the event, indented if it is JSON. Each row fits the terminal."""
    with suppress(ValueError, RecursionError):
        text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    width = max(20, _columns() - 2)
    for row in text.split("\n"):
        shown = printable(row)
        for start in range(0, max(len(shown), 1), width):
            yield f"  {shown[start : start + width]}"


def _columns() -> int:
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else _COLUMNS
