"""The forms in which a secret may occur in an output."""

import base64
import json
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

_SHORTEST = 8  # of a piece of base64


def forms_of(secret: str) -> set[str]:
    """Return the secret as it is, percent-encoded once and twice, in base64, escaped for JSON, and reversed."""
    once = quote(secret, safe="")
    escaped = json.dumps(secret)[1:-1]
    plain = {secret, once, quote(once, safe=""), quote_plus(secret), escaped, escaped.replace("/", "\\/")}
    return plain | {form[::-1] for form in plain} | set(_base64_of(secret.encode()))


def find_secrets(text: str, *secrets: str) -> list[str]:
    """Return the forms of the secrets that the text holds."""
    return [form for secret in secrets for form in forms_of(secret) if form in text]


def _base64_of(secret: bytes) -> Iterator[str]:
    """Yield what of the secret's base64 is the same wherever it stands in a longer text."""
    for before in range(3):
        whole = base64.b64encode(bytes(before) + secret).decode().rstrip("=")
        piece = whole[4 if before else 0 : -2]
        if len(piece) >= _SHORTEST:
            yield piece
            yield piece.replace("+", "-").replace("/", "_")
