"""Read the access key for Alibaba Cloud from the variables of its own tools, from a secret or from an invocation.

Each value goes into a request header, which holds printable ASCII only. A value that was copied with a line break or an
invisible character is refused when it is read: otherwise each SDK would fail in a way of its own, without a hint.
"""

import json
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.redaction import Redactor

ACCESS_KEY_ID = "ALIBABA_CLOUD_ACCESS_KEY_ID"
ACCESS_KEY_SECRET = "ALIBABA_CLOUD_ACCESS_KEY_SECRET"  # noqa: S105 - a variable's name
SECURITY_TOKEN = "ALIBABA_CLOUD_SECURITY_TOKEN"  # noqa: S105 - a variable's name


_CONTROL_CHARACTERS = {"\n": "line feed", "\r": "carriage return", "\t": "tab", " ": "blank"}
_FIELDS = ("access_key_id", "access_key_secret", "security_token")


@dataclass(frozen=True, slots=True)
class Credentials:
    """An access key. Fields are ``None`` if they are not set; each call then fails with the reason ``CREDENTIALS``."""

    access_key_id: str | None
    access_key_secret: str | None = field(repr=False)
    security_token: str | None = field(repr=False)

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Credentials":
        """Return the credentials in the ``ALIBABA_CLOUD_*`` variables. Raise ``UnusableKeyError``."""
        names = (ACCESS_KEY_ID, ACCESS_KEY_SECRET, SECURITY_TOKEN)
        return cls(*(environ.get(name) or None for name in names)).checked(*names)

    @classmethod
    def from_context(cls, context: object) -> "Credentials | None":
        """Return the credentials in a Function Compute context, or ``None`` if it has none.

        The contexts of Python runtimes up to 3.10 have them, and those from 3.12 on do not. They are not checked yet,
        because nothing reports an error at this point: ``InvocationCredentials`` does.
        """
        own: Any = getattr(context, "credentials", None)
        if not getattr(own, "access_key_id", None):
            return None
        return cls(own.access_key_id, own.access_key_secret, own.security_token or None)

    @classmethod
    def from_secret(cls, text: str) -> "Credentials":
        """Parse ``{"access_key_id": ..., "access_key_secret": ..., "security_token": ...}``; the token is optional.

        Raise ``CREDENTIALS`` if the secret is malformed, or ``UnusableKeyError``. The message never quotes the secret.
        """
        try:
            fields = json.loads(text)
        except ValueError:
            raise _malformed_error("it is not JSON") from None  # the cause's message would quote the secret
        if not isinstance(fields, dict):
            raise _malformed_error("it is not a JSON object")
        key_id, secret = _require_text(fields, "access_key_id"), _require_text(fields, "access_key_secret")
        names = (f"the field {name} of the secret of INGEST_CREDENTIALS_SECRET" for name in _FIELDS)
        return cls(key_id, secret, _read_token(fields)).checked(*names)

    def checked(self, *names: str) -> Self:
        """Return the same credentials. Raise ``UnusableKeyError`` if no request header can carry them.

        ``names`` says where the three values stand, for the message.
        """
        for name, value in zip(names, (self.access_key_id, self.access_key_secret, self.security_token), strict=True):
            for position, character in enumerate(value or "", 1):
                if not "!" <= character <= "~":
                    raise UnusableKeyError(self, f"{name} has {_describe(character)} at position {position}: remove it")
        return self


class UnusableKeyError(IngestError):
    """A key with a character that no request header can carry. ``credentials`` is for the redactor alone."""

    def __init__(self, credentials: Credentials, detail: str) -> None:
        super().__init__(Reason.CREDENTIALS, detail)
        self.credentials = credentials


_OF_INVOCATION: ContextVar[Credentials | None] = ContextVar("the key of the invocation", default=None)


class CredentialSource(Protocol):
    """A source of the access key for Alibaba Cloud."""

    def get(self, *, fresh: bool = False) -> Credentials:
        """Return the credentials; with ``fresh``, read them past every cache, because they may just have changed."""
        ...


@dataclass(frozen=True, slots=True)
class EnvironmentCredentials:
    """A ``CredentialSource`` over an environment. Each call reads it again, because a platform may renew its values."""

    variables: Mapping[str, str] = field(repr=False)

    def get(self, *, fresh: bool = False) -> Credentials:  # noqa: ARG002 - there is no cache
        """Return the credentials that the variables hold now. Raise ``UnusableKeyError``."""
        return Credentials.from_env(self.variables)


@dataclass(frozen=True, slots=True)
class InvocationCredentials:
    """A ``CredentialSource`` on Function Compute, where each invocation may bring a temporary key.

    A key serves its own invocation alone, on whichever thread that works: ``ContextThreads`` hands the key on. An
    invocation without a key uses the environment's (runtimes from Python 3.12 on).
    """

    otherwise: EnvironmentCredentials

    @contextmanager
    def use(self, credentials: Credentials | None) -> Iterator[None]:
        """Use an invocation's credentials in the ``with`` block, or the environment's if it brought none."""
        before = _OF_INVOCATION.set(credentials)
        try:
            yield
        finally:
            _OF_INVOCATION.reset(before)

    def get(self, *, fresh: bool = False) -> Credentials:
        """Return this invocation's credentials, or else the environment's. Raise ``UnusableKeyError``."""
        if own := _OF_INVOCATION.get():
            return own.checked(*(f"the field {name} of the invocation's context" for name in _FIELDS))
        return self.otherwise.get(fresh=fresh)


@dataclass(frozen=True, slots=True)
class LearnedCredentials:
    """A ``CredentialSource`` that passes each key's values to the redactor before it returns them."""

    source: CredentialSource
    redactor: Redactor = field(repr=False)

    def get(self, *, fresh: bool = False) -> Credentials:
        """Return the source's credentials. Raise what the source raises."""
        try:
            credentials = self.source.get(fresh=fresh)
        except UnusableKeyError as error:
            self._learn(error.credentials)
            raise
        self._learn(credentials)
        return credentials

    def _learn(self, credentials: Credentials) -> None:
        self.redactor.learn(credentials.access_key_id, credentials.access_key_secret, credentials.security_token)


def _require_text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise _malformed_error(f"its field {name} is missing, empty or not text")
    return value


def _read_token(fields: Mapping[str, Any]) -> str | None:
    return _require_text(fields, "security_token") if fields.get("security_token") else None


def _describe(character: str) -> str:
    """Return the character's name with an article, and its escape."""
    name = _CONTROL_CHARACTERS.get(character) or unicodedata.name(character, "control character").lower()
    article = "an" if name[0] in "aeiou" else "a"
    escape = "" if character == " " else f" ({character.encode('unicode_escape').decode('ascii')})"
    return f"{article} {name}{escape}"


def _malformed_error(why: str) -> IngestError:
    return IngestError(Reason.CREDENTIALS, f"the secret of INGEST_CREDENTIALS_SECRET cannot be used: {why}")
