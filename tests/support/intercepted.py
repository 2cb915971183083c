"""Decorators around the ports: each call passes through an interceptor, which may delay it, fail it or record it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeVar

from imagesearch_ingest.batch.ports import EventQueue, RetryQueue
from imagesearch_ingest.dead_letters import DeadLetter
from imagesearch_ingest.dead_letters.queue import DeadLetterQueue
from imagesearch_ingest.image_search import AddImageRequest, DeleteImageRequest
from imagesearch_ingest.model.images import Upload
from imagesearch_ingest.model.objects import ObjectRef, ObjectState, SourceImage
from imagesearch_ingest.reconcile.ports import ImageIndex, ObjectStore

R = TypeVar("R")


class Operation(StrEnum):
    """The methods of the ports, with names that are unique among all ports."""

    FETCH = "fetch"
    HEAD = "head"
    UPLOAD = "upload"
    ADD = "add"
    DELETE = "delete"
    SEND_LETTER = "send letter"
    ACK = "ack"
    DEFER = "defer"
    REQUEUE = "requeue"


class Interceptor(Protocol):
    """A function that calls ``act`` or does not."""

    def __call__(self, operation: Operation, key: str, act: Callable[[], R]) -> R:
        """Return what ``act`` returns. ``key`` is the object's, or empty where the call names none."""
        ...


@dataclass(frozen=True, slots=True)
class InterceptedStore:
    """An ``ObjectStore``."""

    store: ObjectStore
    intercept: Interceptor

    def fetch(self, ref: ObjectRef, max_bytes: int) -> SourceImage | None:
        return self.intercept(Operation.FETCH, ref.key, lambda: self.store.fetch(ref, max_bytes))

    def head(self, ref: ObjectRef) -> ObjectState | None:
        return self.intercept(Operation.HEAD, ref.key, lambda: self.store.head(ref))


@dataclass(frozen=True, slots=True)
class InterceptedIndex:
    """An ``ImageIndex``. An object's key is its PicName, as the default rule has it."""

    index: ImageIndex
    intercept: Interceptor

    def upload(self, image: bytes) -> Upload:
        return self.intercept(Operation.UPLOAD, "", lambda: self.index.upload(image))

    def add(self, upload: Upload, request: AddImageRequest) -> None:
        self.intercept(Operation.ADD, request.pic_name, lambda: self.index.add(upload, request))

    def delete(self, request: DeleteImageRequest) -> None:
        self.intercept(Operation.DELETE, request.pic_name, lambda: self.index.delete(request))


@dataclass(frozen=True, slots=True)
class InterceptedDeadLetters:
    """A ``DeadLetterQueue``."""

    queue: DeadLetterQueue
    intercept: Interceptor

    def send(self, letter: DeadLetter) -> None:
        key = letter.source.key if letter.source else ""
        self.intercept(Operation.SEND_LETTER, key, lambda: self.queue.send(letter))


@dataclass(frozen=True, slots=True)
class InterceptedEventQueue:
    """An ``EventQueue``."""

    queue: EventQueue
    intercept: Interceptor

    def ack(self, receipt: str) -> None:
        self.intercept(Operation.ACK, "", lambda: self.queue.ack(receipt))

    def defer(self, receipt: str, seconds: int) -> None:
        self.intercept(Operation.DEFER, "", lambda: self.queue.defer(receipt, seconds))


@dataclass(frozen=True, slots=True)
class InterceptedRetryQueue:
    """A ``RetryQueue``."""

    queue: RetryQueue
    intercept: Interceptor

    def requeue(self, body: str, seconds: int) -> None:
        self.intercept(Operation.REQUEUE, "", lambda: self.queue.requeue(body, seconds))
