"""What goes to the child process and comes back, as JSON and, beside it, the picture's bytes."""

from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter

from imagesearch_ingest.images import Policy
from imagesearch_ingest.model.images import PreparedImage

_POLICY, _PREPARED = TypeAdapter(Policy), TypeAdapter(PreparedImage)


def plain_policy(policy: Policy) -> Any:  # noqa: ANN401 - whatever JSON can hold
    return _POLICY.dump_python(policy, mode="json")


def policy_of(plain: object) -> Policy:
    """Raises ``ValueError``."""
    return _POLICY.validate_python(plain)


def plain_prepared(prepared: PreparedImage) -> tuple[Any, bytes]:
    return _PREPARED.dump_python(replace(prepared, data=b""), mode="json"), prepared.data


def prepared_of(plain: object, data: bytes) -> PreparedImage:
    """Raises ``ValueError`` for what is no such picture: a broken child may say anything."""
    return replace(_PREPARED.validate_python(plain), data=data)
