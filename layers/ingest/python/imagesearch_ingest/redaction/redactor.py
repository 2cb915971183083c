"""Takes keys, tokens, signatures and signed URLs out of text that leaves: log lines, dead letters, settings' faults.

Two ways of reading. ``prose`` is what people read: there each URL loses its query, and whatever follows a telling name
is hidden. ``data`` is what programs read back, such as an object's key or a message that is sent again: there only
what can hardly be anything but a secret is hidden, so that ``a?b=c.jpg`` and ``policy=red.jpg`` stay what they are.
Either way the shape stays readable: ``?…`` for a query, ``***`` for a value.
"""

import base64
import re
from collections.abc import Mapping
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
# Shorter ones occur in ordinary words; real keys have 16 characters and more, real secrets 30.
SHORTEST_KNOWN_VALUE = 8
SHORTEST_FROM_ELSEWHERE = 16  # of variables that are no vendor's and only sound like a secret's
_TELLING_VARIABLE = re.compile(r"SECRET|TOKEN|PASSWORD|ACCESS_KEY")


def redact(text: str) -> str:
    """For prose."""
    for pattern in USER:
        text = pattern.sub(_KEPT, text)
    text = QUERY.sub(_KEPT_PATH, text)
    for pattern in (NAMED, QUOTED, *AFTER_ITS_NAME):
        text = pattern.sub(_KEPT, text)
    return SECRETS.sub(HIDDEN, text)


def redact_data(text: str) -> str:
    """For what must stay exact wherever it holds no secret."""
    text = QUERY.sub(_query_with_secrets, USER_AND_PASSWORD.sub(_KEPT, text))
    for pattern in (NAMED_FOR_SURE, NAMED_LIKE_A_SECRET, *QUOTED_FOR_SURE, *AFTER_A_SURE_NAME):
        text = pattern.sub(_KEPT, text)
    return SECRETS.sub(HIDDEN, text)


def _query_with_secrets(found: re.Match[str]) -> str:
    telling = any(pattern.search(found[2]) for pattern in (NAMED_FOR_SURE, NAMED_LIKE_A_SECRET, SECRETS))
    return found[1] + HIDDEN_QUERY if telling else found[0]


class Redactor:
    """Knows secrets by their values, too: as they are, URL-encoded and in base64. Safe for several threads at once."""

    def __init__(self, *values: str | None) -> None:
        self._known: tuple[str, ...] = ()
        self.learn(*values)

    @classmethod
    def of_environment(cls, environ: Mapping[str, str]) -> Self:
        """Knows what the environment's variables for keys hold, whoever's they are, and the passwords in its URLs."""
        telling = (value for name, value in environ.items() if _holds_a_secret(name, value))
        passwords = (_password(value) for value in environ.values() if "@" in value)
        return cls(*telling, *passwords)

    def learn(self, *values: str | None) -> None:
        forms = {form for value in values if value and len(value) >= SHORTEST_KNOWN_VALUE for form in _forms(value)}
        if not forms <= set(self._known):
            # The longest first: one may be part of another.
            self._known = tuple(sorted(forms | set(self._known), key=len, reverse=True))

    def prose(self, text: str) -> str:
        return redact(self._without_known(text))

    def data(self, text: str) -> str:
        return redact_data(self._without_known(text))

    def _without_known(self, text: str) -> str:
        for form in self._known:
            text = text.replace(form, HIDDEN)
        return text


def _forms(value: str) -> set[str]:
    encoded = {quote(value), quote(value, safe=""), quote_plus(value)}
    lower_case = {re.sub(r"%[0-9A-F]{2}", lambda found: found[0].lower(), form) for form in encoded}
    raw = value.encode()
    in_base64 = {base64.b64encode(raw), base64.urlsafe_b64encode(raw)}
    return {value} | encoded | lower_case | {form.decode().rstrip("=") for form in in_base64}


def _holds_a_secret(variable: str, value: str) -> bool:
    """Of our own settings none holds a secret, though one names one; a ``_FILE`` or ``_ARN`` names one, too."""
    ours_or_a_name = variable.startswith("INGEST_") or variable.endswith(("_FILE", "_ARN", "_URI"))
    sure = variable.startswith(("ALIBABA_CLOUD_", "AWS_")) or len(value) >= SHORTEST_FROM_ELSEWHERE
    return bool(_TELLING_VARIABLE.search(variable)) and sure and not ours_or_a_name


def _password(url: str) -> str | None:
    try:
        return urlsplit(url).password
    except ValueError:
        return None
