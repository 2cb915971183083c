"""Redact access keys, tokens, signatures and signed URLs in log lines, dead letters and messages about settings.

There are two modes. ``prose`` is for text that people read: every URL loses its query, and every value after a
suspicious name is hidden. ``data`` is for text that programs read back, such as an object's key or a message that is
sent again. It hides only an obvious secret, so ``a?b=c.jpg`` and ``policy=red.jpg`` do not change. In both modes ``?…``
replaces a query, and ``***`` replaces a value.
"""

import base64
import json
import re
import threading
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Self
from urllib.parse import quote, quote_plus, urlsplit

from imagesearch_ingest.redaction.patterns import (
    AFTER_A_SURE_NAME,
    AFTER_ITS_NAME,
    NAMED,
    NAMED_FOR_SURE,
    NAMED_LIKE_A_SECRET,
    QUERY,
    QUOTED,
    QUOTED_FOR_SURE,
    SECRETS,
    USER,
    USER_AND_PASSWORD,
)

HIDDEN, HIDDEN_QUERY = "***", "?…"
_KEPT, _KEPT_PATH = rf"\1{HIDDEN}", rf"\1{HIDDEN_QUERY}"
# Characters. Shorter values occur in ordinary words; real keys have 16 or more, real secrets 30.
SHORTEST_KNOWN_VALUE = 8
LATEST_VALUES = 256  # an instance of Function Compute may use some 64 keys of three values at a time
LONG_TEXT = 2_000
SHORTEST_FROM_ELSEWHERE = 16  # of variables that are not a vendor's, if their name looks like a secret's
_SUSPICIOUS_VARIABLE = re.compile(r"SECRET|TOKEN|PASSWORD|ACCESS_KEY")


def redact(text: str) -> str:
    """Redact a text that people read."""
    for pattern in USER:
        text = pattern.sub(_KEPT, text)
    text = QUERY.sub(_KEPT_PATH, text)
    for pattern in (NAMED, QUOTED, *AFTER_ITS_NAME):
        text = pattern.sub(_KEPT, text)
    return SECRETS.sub(HIDDEN, text)


def redact_data(text: str) -> str:
    """Redact a text that programs read back. Text without secrets does not change."""
    return _redact_long(text) if len(text) >= LONG_TEXT else _redact_data(text)


@lru_cache(maxsize=8)
def _redact_long(text: str) -> str:
    """Remember the last long texts: each of a record's thousand dead letters holds the record's event."""
    return _redact_data(text)


def _redact_data(text: str) -> str:
    text = QUERY.sub(_redact_query, USER_AND_PASSWORD.sub(_KEPT, text))
    for pattern in (NAMED_FOR_SURE, NAMED_LIKE_A_SECRET, *QUOTED_FOR_SURE, *AFTER_A_SURE_NAME):
        text = pattern.sub(_KEPT, text)
    return SECRETS.sub(HIDDEN, text)


def _redact_query(found: re.Match[str]) -> str:
    suspicious = any(pattern.search(found[2]) for pattern in (NAMED_FOR_SURE, NAMED_LIKE_A_SECRET, SECRETS))
    return found[1] + HIDDEN_QUERY if suspicious else found[0]


class Redactor:
    """Redaction that also hides known values: plain, URL-encoded and in base64. It is thread-safe.

    The values of the start stay. Of those that it learns it keeps the latest: a process may get a token every minute.
    """

    def __init__(self, *values: str | None) -> None:
        self._lock = threading.Lock()
        self._latest: dict[str, set[str]] = {}
        self._lasting = {form for text in _find_texts(values) for form in _encode_forms(text)}
        self._known = self._in_order()

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """Return a redactor that knows the secrets in environment variables, and the passwords in their URLs.

        A variable may hold others in JSON, as ``INGEST_EXTRA_SETTINGS`` does.
        """
        pairs = [pair for name, value in environ.items() for pair in ((name, value), *_find_pairs(value))]
        secrets = (value for name, value in pairs if _holds_a_secret(name, value))
        passwords = (_find_password(value) for _, value in pairs if "@" in value)
        return cls(*secrets, *passwords)

    def learn(self, *values: str | None) -> None:
        """Hide these values from now on, with and without the blanks around them, except those that are too short."""
        texts = _find_texts(values)
        with self._lock:
            is_new = not texts <= self._latest.keys()
            for text in texts:
                self._latest[text] = self._latest.pop(text, set()) or _encode_forms(text)
            for text in list(self._latest)[:-LATEST_VALUES]:
                del self._latest[text]
            if is_new:
                self._known = self._in_order()

    def _in_order(self) -> tuple[str, ...]:
        """Return all forms of all values, the longest first, because one may be a part of another."""
        return tuple(sorted(self._lasting.union(*self._latest.values()), key=len, reverse=True))

    def prose(self, text: str) -> str:
        """Redact a text that people read."""
        return redact(self._replace_known(text))

    def data(self, text: str) -> str:
        """Redact a text that programs read back."""
        return redact_data(self._replace_known(text))

    def _replace_known(self, text: str) -> str:
        for form in self._known:
            text = text.replace(form, HIDDEN)
        return text


def _find_texts(values: Iterable[str | None]) -> set[str]:
    texts = {text for value in values if value for text in (value, value.strip())}
    return {text for text in texts if len(text) >= SHORTEST_KNOWN_VALUE}


def _encode_forms(value: str) -> set[str]:
    raw = value.encode(errors="surrogatepass")  # a variable may hold bytes that are not text
    encoded = {quote(raw), quote(raw, safe=""), quote_plus(raw)}
    lower_case = {re.sub(r"%[0-9A-F]{2}", lambda found: found[0].lower(), form) for form in encoded}
    in_base64 = {base64.b64encode(raw), base64.urlsafe_b64encode(raw)}
    alone = {form.decode().rstrip("=") for form in in_base64}
    return {value} | encoded | lower_case | alone | {form for n in range(3) for form in _encode_within(raw, n)}


def _encode_within(raw: bytes, before: int) -> set[str]:
    """Return what is the same of a value's base64 wherever ``before`` bytes, modulo 3, stand before the value.

    A character holds six bits, so the one at each end may depend on the value's neighbours.
    """
    first, last = -(-before * 8 // 6), -1 if (before + len(raw)) % 3 else None
    forms = (encode(bytes(before) + raw) for encode in (base64.b64encode, base64.urlsafe_b64encode))
    return {form.decode().rstrip("=")[first:last] for form in forms}


def _holds_a_secret(variable: str, value: str) -> bool:
    """Return whether a variable holds a secret. Settings of this project, ``_FILE`` and ``_ARN`` hold only names."""
    is_a_name = variable.startswith("INGEST_") or variable.endswith(("_FILE", "_ARN", "_URI"))
    is_likely = variable.startswith(("ALIBABA_CLOUD_", "AWS_")) or len(value) >= SHORTEST_FROM_ELSEWHERE
    return bool(_SUSPICIOUS_VARIABLE.search(variable)) and is_likely and not is_a_name


def _find_pairs(value: str) -> list[tuple[str, str]]:
    """Return the names and texts of a JSON object."""
    if not value.lstrip().startswith("{"):
        return []
    try:
        found = json.loads(value, object_pairs_hook=list)
    except (ValueError, RecursionError):
        return []
    return [(name, text) for name, text in found if isinstance(text, str)]


def _find_password(url: str) -> str | None:
    try:
        return urlsplit(url).password
    except ValueError:
        return None
