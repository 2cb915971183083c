"""Read the lines that an import could not apply. Nobody has documented the form of their file.

A line of the file is recognised by the IDs in it or by its number: in JSON under any usual name, in a JSON text within
a field, or in a JSON object within other text. Everything else counts as unknown, and the file stays.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from imagesearch_ingest.image_search import error_for_code
from imagesearch_ingest.image_search.codes import SERVICE_CODES
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.images import ImageIdentity
from imagesearch_ingest.model.objects import ObjectRef, ObjectState
from imagesearch_ingest.model.outcomes import IndexHolds, Outcome
from imagesearch_ingest.model.reasons import Reason

_CHUNK = 20_000  # failed lines in memory at once
_LONGEST_MESSAGE = 500
_CODES = ("code", "errorcode", "errcode")
_MESSAGES = ("msg", "message", "errormsg", "errormessage", "errmsg", "reason", "error")
_NUMBERS = ("line", "lineno", "linenumber", "lineindex", "row", "rownumber", "index")
_OBJECT = re.compile(r"\{.*\}")
_NUMBER = re.compile(r"\bline\D{0,6}(\d{1,12})\b", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z][A-Za-z.]{4,60}")


class Failure(NamedTuple):
    """What a line of the file says. ``number`` counts from 1."""

    product_id: str | None
    pic_name: str | None
    number: int | None
    code: str
    message: str


def read_failure(text: str) -> Failure:
    """Return what is recognised in a line. Names are compared without case, ``_`` and ``-``."""
    found = _OBJECT.search(text)
    fields = _flatten(_load(found[0])) if found else {}
    around = text.replace(found[0], " ") if found else text
    number = _first(fields, _NUMBERS)
    if number is None and (named := _NUMBER.search(around)):
        number = named[1]
    words = _WORD.findall(" ".join([around, *(str(fields[name]) for name in _MESSAGES if name in fields)]))
    code = _first(fields, _CODES) or next((word for word in words if word in SERVICE_CODES), "")
    message = _first(fields, _MESSAGES) or around.strip(" \t,;:|")
    return Failure(
        _text(fields.get("productid")),
        _text(fields.get("picname")),
        int(number) if str(number).isdecimal() and len(str(number)) < 15 else None,  # noqa: PLR2004 - no line has more
        str(code),
        str(message)[:_LONGEST_MESSAGE],
    )


@dataclass(slots=True)
class Failures:
    """The failed lines of a file. ``unknown`` counts those that are no line of increment.meta."""

    errors: Path
    meta: Path
    staged: Path
    bucket: str
    unknown: int = 0
    example: str = ""

    def outcomes(self) -> Iterator[list[Outcome]]:
        """Yield the outcomes of the pictures that were not added, some at a time."""
        with self.errors.open(encoding="utf-8-sig", errors="replace", newline="\n") as file:
            texts = (text for line in file if (text := line.strip()))
            while chunk := list(islice(texts, _CHUNK)):
                yield self._match(chunk)

    def _match(self, texts: list[str]) -> list[Outcome]:
        failures = [read_failure(text) for text in texts]
        by_name = {one.pic_name: n for n, one in enumerate(failures) if one.pic_name is not None}
        by_number = {one.number: n for n, one in enumerate(failures) if one.pic_name is None and one.number}
        outcomes: dict[int, Outcome] = {}
        for number, (line, about) in enumerate(self._lines(), 1):
            n = by_name.get(line["PicName"], by_number.get(number))
            if n is not None and failures[n].product_id in (None, line["ProductId"]):
                outcomes[n] = self._outcome(failures[n], line, about)
        lost = [n for n in range(len(texts)) if n not in outcomes]
        self.unknown += len(lost)
        self.example = self.example or next((texts[n] for n in lost), "")
        return list(outcomes.values())

    def _lines(self) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        with self.meta.open(encoding="ascii") as meta, self.staged.open(encoding="ascii") as staged:
            yield from zip(map(json.loads, meta), map(json.loads, staged), strict=True)

    def _outcome(self, failure: Failure, line: Mapping[str, Any], about: Mapping[str, Any]) -> Outcome:
        error = _explain(failure)
        return Outcome(
            error.reason.result,
            ObjectRef("alibaba", self.bucket, line["PicName"]),
            error.reason,
            error.detail,
            identity=ImageIdentity(line["ProductId"], line["PicName"]),
            state=ObjectState(about["etag"], about["version_id"], "", about["size"]),
            service_code=error.service_code,
            index_holds=IndexHolds.PREVIOUS,
        )


def _explain(failure: Failure) -> IngestError:
    """Return why a line failed. Without a code that speaks of the picture itself, the fault may be the copy's.

    The function would try those again. Nobody has, so they must not make the picture known to be rejected.
    """
    detail = f"the batch import refused its line: {failure.code or 'no code'}, {failure.message or 'no message'}"
    error = error_for_code(failure.code, detail)
    is_of_picture = error.reason is not Reason.SERVICE_REJECTED or error.attempts is None
    if failure.code and is_of_picture:
        return error
    return IngestError(Reason.SERVICE_UNAVAILABLE, detail, service_code=failure.code or None)


def _flatten(value: object, depth: int = 3) -> dict[str, Any]:
    """Return all fields of nested objects, and of JSON in texts, by their plain names. The outermost win."""
    if isinstance(value, list):
        merged: dict[str, Any] = {}
        for one in value:
            merged = _flatten(one, depth - 1) | merged
        return merged
    if not isinstance(value, Mapping):
        return {}
    own = {re.sub(r"[_\- ]", "", str(name)).casefold(): one for name, one in value.items()}
    inner: dict[str, Any] = {}
    if depth:
        for one in own.values():
            content = _load(one) if isinstance(one, str) and one.lstrip().startswith("{") else one
            inner |= _flatten(content, depth - 1)
    return inner | {name: one for name, one in own.items() if not isinstance(one, Mapping | list)}


def _load(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _first(fields: Mapping[str, Any], names: Iterable[str]) -> Any:  # noqa: ANN401 - any JSON
    return next((fields[name] for name in names if fields.get(name) not in (None, "")), None)


def _text(value: object) -> str | None:
    return None if value in (None, "") else str(value)
