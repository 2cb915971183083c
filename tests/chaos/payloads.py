"""The payloads of uploads: small pictures and bad files, each with the dead letter that it must get."""

import hashlib
import random
from dataclasses import dataclass
from functools import cache

from imagesearch_ingest.images import Policy, prepare
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.images import PreparedImage
from imagesearch_ingest.model.reasons import Reason
from tests.chaos.calls import WorkerKilled
from tests.support.pictures import encode, jpeg, scene

MAX_BYTES = 20_000
# The service refuses this one; the function cannot know that before.
REFUSED_IMAGE = encode(scene(100, 108), quality=20)
# Any process that decodes this one crashes.
CRASHING_IMAGE = encode(scene(100, 109), quality=20)
GOOD = tuple(encode(scene(100, 100 + n), quality=20) for n in range(6))


@dataclass(frozen=True, slots=True)
class Payload:
    """The content of an upload. ``dead_letter`` is the reason of its dead letter; ``None`` for a good picture."""

    data: bytes
    dead_letter: str | None = None
    metadata: tuple[tuple[str, str], ...] = ()

    @property
    def etag(self) -> str:
        return _md5(self.data)


GOOD_PAYLOAD = Payload(GOOD[0])
_BAD = (
    Payload(b"<html>no picture</html>", "not_an_image"),
    Payload(b"", "object_empty"),
    Payload(jpeg(60, 200), "image_too_small"),
    Payload(GOOD[0][:-200], "corrupt_image"),
    Payload(b"x" * (MAX_BYTES + 1), "object_too_large"),
    Payload(GOOD[1], "attribute_invalid", (("imagesearch-str-attr", "s" * 129),)),
    Payload(REFUSED_IMAGE, "service_rejected"),
    Payload(CRASHING_IMAGE, "worker_crash"),
)
_WEIGHTS = (4, 4, 4, 4, 2, 4, 4, 1)


def draw_payload(rng: random.Random, share_of_bad: float) -> Payload:
    if rng.random() < share_of_bad:
        return rng.choices(_BAD, _WEIGHTS)[0]
    return Payload(rng.choice(GOOD))


def prepare_in_worker(data: bytes, policy: Policy) -> PreparedImage:
    """Prepare as ``images.prepare`` does, each picture once. ``CRASHING_IMAGE`` kills the worker."""
    if data == CRASHING_IMAGE:
        raise WorkerKilled("by a picture")
    return _prepare_once(data, policy)


def prepare_in_child(data: bytes, policy: Policy) -> PreparedImage:
    """Prepare as ``images.prepare`` does, each picture once. ``CRASHING_IMAGE`` kills only the child."""
    if data == CRASHING_IMAGE:
        raise IngestError(Reason.WORKER_CRASH, "SIGSEGV")
    return _prepare_once(data, policy)


def _prepare_once(data: bytes, policy: Policy) -> PreparedImage:
    prepared = _prepared(data, policy)
    if isinstance(prepared, tuple):
        raise IngestError(*prepared)
    return prepared


@cache
def _prepared(data: bytes, policy: Policy) -> PreparedImage | tuple[Reason, str]:
    """Return the prepared image or its refusal. A simulation prepares the same pictures many thousand times."""
    try:
        return prepare(data, policy)
    except IngestError as error:
        return error.reason, error.detail


@cache
def _md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()
