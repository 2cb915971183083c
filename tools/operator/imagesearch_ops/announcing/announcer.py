"""Send announcements to the ingest queue, many at once, and tell how many from the beginning on are accepted."""

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from functools import partial

from imagesearch_ingest.events import write_announcement
from imagesearch_ingest.model.objects import ObjectRef
from imagesearch_ops.daemon_threads import DaemonThreads
from imagesearch_ops.queues import OperatorQueue
from imagesearch_ops.run_folder import RunFolder

_GRACE_SECONDS = 3.0  # for requests that are under way when the command is stopped
_AHEAD = 4  # batches for each sender that may be accepted before an earlier one


@dataclass(frozen=True, slots=True)
class Announcer:
    """Announce objects of one bucket. ``why`` is one of ``announcement.WHYS``."""

    queue: OperatorQueue
    bucket: str
    why: str
    run: str
    folder: RunFolder

    def announce(self, keys: Iterable[str | None]) -> Generator[int, None, None]:
        """Announce the keys. Yield how many keys from the beginning on are all accepted, now and then and at the end.

        ``None`` among the keys means: send what is held back for a full batch, and go on when all is accepted. Each
        batch has a line in the journal before it is sent. Raise ``IngestError`` if a key is not accepted. Some keys
        behind it may be, then: to announce them again does no harm.
        """
        done = 0
        waiting: deque[tuple[int, Future[None]]] = deque()
        senders = _Senders(self.queue.senders)
        try:
            for batch, is_pause in _batches(keys, self.queue.batch):
                if batch:
                    self._journal(batch)
                    waiting.append((len(batch), senders.submit(partial(self._send, batch))))
                most = 0 if is_pause else _AHEAD * self.queue.senders
                while waiting and (len(waiting) > most or waiting[0][1].done()):
                    number, sent = waiting.popleft()
                    sent.result()
                    done += number
                    yield done
        finally:
            senders.stop(sent for _, sent in waiting)

    def _journal(self, keys: Sequence[str]) -> None:
        self.folder.journal({"action": "announce", "first": keys[0], "last": keys[-1], "keys": len(keys)})

    def _send(self, keys: Sequence[str]) -> None:
        refs = [ObjectRef(self.queue.cloud, self.bucket, key) for key in keys]
        for error in self.queue.send([write_announcement(ref, self.why, self.run) for ref in refs]):
            if error:
                raise error


class _Senders:
    """Threads that send, ``most`` at once. An interrupted command does not wait for a service that says nothing."""

    def __init__(self, most: int) -> None:
        self._slots, self._stopped = threading.BoundedSemaphore(most), threading.Event()
        self._threads = DaemonThreads()

    def submit(self, send: Callable[[], None]) -> "Future[None]":
        return self._threads.submit(self._run, send)

    def stop(self, left: Iterable["Future[None]"]) -> None:
        """Begin nothing more, and give what is ``left`` a moment to end."""
        self._stopped.set()
        wait(left, _GRACE_SECONDS)

    def _run(self, send: Callable[[], None]) -> None:
        with self._slots:
            if not self._stopped.is_set():
                send()


def _batches(keys: Iterable[str | None], size: int) -> Iterator[tuple[list[str], bool]]:
    """Yield the keys in batches, and whether a pause follows. One follows the last batch."""
    batch: list[str] = []
    for key in keys:
        if key is not None:
            batch.append(key)
        if key is None or len(batch) == size:
            yield batch, key is None
            batch = []
    yield batch, True
