"""Show what is known about one object on one screen: the verdict first, then what it rests on."""

import shutil
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta

from rich.text import Text

from imagesearch_ops import output
from imagesearch_ops.dlq.letters import failed_at
from imagesearch_ops.dlq.listing import to_minutes
from imagesearch_ops.explain.facts import Facts
from imagesearch_ops.explain.notes import list_notes, note_reading
from imagesearch_ops.explain.target import url_of
from imagesearch_ops.explain.trial import name_attributes, name_parameter
from imagesearch_ops.explain.verdicts import Verdict
from imagesearch_ops.terminal_text import printable
from imagesearch_ops.times import read_time

_NAME_COLUMNS = 9
_COLUMNS = 80
_LONGEST_VERDICT, _LONGEST_TEXT = 300, 200
_MOST_LETTERS = 3
_LONGEST_VALUE = 40


def describe(facts: Facts, verdict: Verdict, command: str | None) -> Iterator[str]:
    """Yield the rows. All but a command to copy fit the terminal."""
    for text in filter(None, (verdict.text, note_reading(facts), verdict.todo)):
        yield from _wrap(_cut(text, _LONGEST_VERDICT), "")
    if command:
        yield f"  {command}"
    yield ""
    yield from _wrap(url_of(facts.ref), f"{'object':{_NAME_COLUMNS}}")
    yield from _row("", _describe_object(facts))
    yield from _row("key", _describe_key(facts))
    if facts.identity:
        yield from _row("IDs", f"ProductId {facts.identity.product_id}, PicName {facts.identity.pic_name}")
    yield from _row("picture", _describe_picture(facts))
    yield from _row("request", _describe_request(facts))
    yield from _row("index", _describe_index(facts))
    yield from _row("letters", _describe_letters(facts))
    for note in list_notes(facts):
        yield from _row("note", note)


def _describe_object(facts: Facts) -> str:
    state = facts.state
    if state is None:
        return "cannot be read" if facts.bucket_fault else "not found"
    parts = [f"{state.size:,} bytes", facts.headers.storage_class, _describe_age(state.last_modified, facts.now)]
    parts += [f"ETag {state.etag}", f"version {state.version_id}" if state.version_id else None]
    return ", ".join(filter(None, parts))


def _describe_age(modified: str, now: datetime) -> str:
    time = read_time(modified)
    if time is None:
        return modified
    age = max(now - time, timedelta())
    hours, minutes = divmod(int(age.total_seconds()) // 60, 60)
    shown = f"{age.days} days" if age.days > 1 else f"{hours} h" if hours else f"{minutes} min"
    return f"written {time:%Y-%m-%d %H:%M} ({shown} ago)"


def _describe_key(facts: Facts) -> str:
    """Return the key in quotes, since a blank at its end would not be seen."""
    read = f", {facts.found.reading}" if facts.found and facts.found.reading else ""
    rule = f"{facts.refusal.reason.code}: {facts.refusal.detail}" if facts.refusal else "fits the key rule"
    return f"{facts.ref.key!r}{read}; {rule}"


def _describe_picture(facts: Facts) -> str:
    trial = facts.trial
    if trial is None:
        return ""
    declared = f", declared as {facts.headers.content_type}" if facts.headers.content_type else ""
    if trial.prepared is None:
        return f"{trial.sniffed or 'of no known format'}{declared}; not prepared"
    image = trial.prepared
    source = f"{image.source_format} {image.source_width}x{image.source_height}{declared}"
    sent = f"{image.format} {image.width}x{image.height}, {len(image.data):,} bytes, in {trial.prepare_ms} ms"
    return f"{source}; sent as {sent}: {output.describe_steps(image.steps)}"


def _describe_request(facts: Facts) -> str:
    attributes = facts.trial.attributes if facts.trial else None
    if attributes is None:
        return ""
    values = name_attributes(attributes)
    sources = {name_parameter(name): source for name, source in attributes.sources.items()}
    return (
        ", ".join(f"{_pair(name, value)} (from {sources[name]})" for name, value in values.items()) or "no attributes"
    )


def _describe_index(facts: Facts) -> str:
    answers = facts.answers
    if answers is None:
        return f"not asked: {facts.why_not_asked}"
    if answers.entry is None:
        where = "these IDs" if facts.identity else "the IDs that other rules or dead letters name"
        return f"{facts.settings.instance_name}: no entry under {where}"
    held = {"CategoryId": answers.entry.category_id} | answers.entry.attributes
    shown = ", ".join(_pair(name, value) for name, value in held.items() if value is not None)
    same = {True: "; the same picture", False: "; another picture", None: ""}[answers.is_same_picture]
    return f"{facts.settings.instance_name}: has the entry{same}{f'; {shown}' if shown else ''}"


def _describe_letters(facts: Facts) -> str:
    searched, lines = facts.letters.describe(), facts.letters.lines
    if not lines:
        return "none" if facts.letters.is_searched else searched
    shown = "; ".join(
        f"{to_minutes(failed_at(line))} {line['code']}: {line['message']}" for line in lines[:_MOST_LETTERS]
    )
    more = f"; and {len(lines) - _MOST_LETTERS} more" if len(lines) > _MOST_LETTERS else ""
    return f"{shown}{more}" + ("" if facts.letters.is_searched else f" ({searched})")


def _pair(name: str, value: object) -> str:
    return f"{name} {_cut(repr(value), _LONGEST_VALUE)}"


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]}..."


def _row(name: str, text: str) -> Iterator[str]:
    """Yield the rows of a text, which is cut if it is long: --json has all of it."""
    if text:
        yield from _wrap(_cut(text, _LONGEST_TEXT), f"{name:{_NAME_COLUMNS}}")


def _wrap(text: str, beginning: str) -> Iterator[str]:
    """Yield the rows of a text. The first has the beginning, and the others as many blanks."""
    width = max(30, _columns()) - len(beginning)
    for line in Text(printable(text)).wrap(output.messages, width, overflow="fold"):
        yield f"{beginning}{line.plain.rstrip()}"
        beginning = " " * len(beginning)


def _columns() -> int:
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else _COLUMNS
