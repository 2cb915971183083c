"""Try the whole way with one small picture: upload it, find it by a search, delete it, and see that it is gone.

This is the only part of ``doctor`` that changes anything. The picture is deleted in every case, also after a signal.
"""

import io
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from PIL import Image, ImageDraw

from imagesearch_ingest.adapters.image_search.sdk import Client, models
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.images import ImageIdentity
from imagesearch_ops.doctor.canary_keys import choose_key
from imagesearch_ops.doctor.findings import Finding, broken, fine, unknown
from imagesearch_ops.doctor.objects import ObjectWriter
from imagesearch_ops.doctor.patient import Patient
from imagesearch_ops.doctor.refusals import is_permission, lacks_permission
from imagesearch_ops.instance import InstanceClient
from imagesearch_ops.terminal_text import printable

WAIT_SECONDS = REMOVAL_SECONDS = 120.0
POLL_SECONDS = 1.0
_SIDE = 600  # above the shortest side of every kind of instance
_SHAPES = 24
_HITS = 20


@dataclass(slots=True)
class Canary:
    """One picture on its way. ``steps`` say what has been left where, for the cleaning up."""

    patient: Patient
    store: ObjectWriter
    instance: InstanceClient
    key: str
    identity: ImageIdentity
    image: bytes

    def is_indexed(self) -> bool:
        """Return whether the index has the entry."""
        return self.instance.find(self.identity.product_id, self.identity.pic_name) is not None

    def is_found(self) -> bool:
        """Return whether a search by the picture finds the entry."""
        hits = self.instance.search_by_image(self.image, num=_HITS)
        return any((hit.product_id, hit.pic_name) == self.ids for hit in hits)

    @property
    def ids(self) -> tuple[str, str]:
        return self.identity.product_id, self.identity.pic_name

    def delete_entry(self) -> None:
        """Delete the entry with the key at hand, because no removal has reached the function."""
        name, (product_id, pic_name) = self.instance.name, self.ids
        request = models.DeleteImageRequest(instance_name=name, product_id=product_id, pic_name=pic_name)
        self.instance.call("DeleteImage", Client.delete_image_with_options, request)


def send_canary(
    patient: Patient, store: ObjectWriter, instance: InstanceClient, *, prefix: str, keys: list[str]
) -> Finding:
    """Return what became of the picture. Raise ``IngestError`` if a service fails."""
    if patient.settings.on_removed == "keep":
        return unknown("INGEST_ON_REMOVED is keep, so the picture's entry would stay in the index")
    chosen = choose_key(patient.settings, prefix, keys)
    if chosen is None:
        return unknown("no key was found that the key rule takes", "Upload a picture, and `explain` it.")
    return _fly(Canary(patient, store, instance, *chosen, draw_canary()))


def _fly(canary: Canary) -> Finding:
    with _cleaning_up(canary) as cleaned:
        if refusal := _upload(canary):
            return refusal
        seconds = _wait(canary.is_found, WAIT_SECONDS)
        if seconds is None:
            return _judge_missing(canary)
        canary.store.delete(canary.key)
        gone = _wait(lambda: not canary.is_indexed(), REMOVAL_SECONDS)
        cleaned.is_gone = gone is not None
        is_left = canary.store.exists(canary.key)
    return _judge_removal(canary, seconds, gone, is_left=is_left)


def _upload(canary: Canary) -> Finding | None:
    """Upload the picture, or return that the caller may not."""
    try:
        canary.store.put(canary.key, canary.image)
    except IngestError as error:
        if is_permission(error):
            return lacks_permission(canary.store.actions, canary.patient.who)
        raise
    return None


def _judge_removal(canary: Canary, seconds: float, gone: float | None, *, is_left: bool) -> Finding:
    shown = printable(canary.key)
    if is_left:
        return broken(f"{shown} is still in the bucket after its deletion", f"Delete {shown}, and look at the bucket.")
    if gone is None:
        return broken(
            f"added in {seconds:.0f} s, but the removal did not reach the index within {REMOVAL_SECONDS:.0f} s",
            "See bucket.announces: removals have to be announced, too. The entry was deleted by hand.",
        )
    return fine(f"{shown}: found after {seconds:.0f} s, gone {gone:.0f} s after its deletion")


def _judge_missing(canary: Canary) -> Finding:
    shown, fix = printable(canary.key), "imagesearch-ingest dlq list; then read the function's log"
    with suppress(IngestError):
        if canary.is_indexed():
            return broken(f"{shown} is in the index, but no search finds it after {WAIT_SECONDS:.0f} s", fix)
    return broken(f"{shown} was uploaded, and is not in the index after {WAIT_SECONDS:.0f} s", fix)


@dataclass(slots=True)
class _Cleaning:
    is_gone: bool = False


@contextmanager
def _cleaning_up(canary: Canary) -> Iterator[_Cleaning]:
    """Delete object and entry when the block ends, however it ends. A second signal does not interrupt that."""
    cleaning = _Cleaning()
    try:
        yield cleaning
    finally:
        with _signals_ignored():
            _clean(canary, cleaning)


def _clean(canary: Canary, cleaning: _Cleaning) -> None:
    for step in (canary.store.delete, canary.store.purge):
        with suppress(IngestError):
            step(canary.key)
    if not cleaning.is_gone:
        with suppress(IngestError):
            if canary.is_indexed():
                canary.delete_entry()


@contextmanager
def _signals_ignored() -> Iterator[None]:
    kept = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


def _wait(is_so: Callable[[], bool], most_seconds: float) -> float | None:
    """Return the seconds until it was so, or ``None`` if the time was not enough."""
    began = time.monotonic()
    while True:
        if is_so():
            return time.monotonic() - began
        if time.monotonic() - began > most_seconds:
            return None
        time.sleep(POLL_SECONDS)


def draw_canary() -> bytes:
    """Return a picture that resembles no other: shapes in random places and colours."""
    image = Image.new("RGB", (_SIDE, _SIDE), _colour())
    draw = ImageDraw.Draw(image)
    for _ in range(_SHAPES):
        left, top = (random.randrange(_SIDE - 100) for _ in range(2))
        box = (left, top, left + random.randrange(50, 300), top + random.randrange(50, 300))
        random.choice((draw.rectangle, draw.ellipse))(box, fill=_colour())
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def _colour() -> tuple[int, int, int]:
    return random.randrange(256), random.randrange(256), random.randrange(256)
