"""OSS, SMQ, an EventBridge stream and Function Compute, with faults between them."""

import threading
import time
from contextlib import ExitStack, suppress
from dataclasses import replace

from local_cloud.clouds.alibaba import DEAD_LETTER_QUEUE, QUEUE, AlibabaCloud
from local_cloud.runtimes.function import LocalFunction
from local_cloud.smq import Fault, Queue
from local_cloud.smq.errors import SmqError
from local_cloud.triggers.event_stream import EventStream
from local_cloud.triggers.oss_notifications import encode_notification
from tests.chaos_real.places import MAX_DEFER_SECONDS, Place, Source
from tests.chaos_real.uploads import Upload
from tests.support.oss_events import element

_POLL_SECONDS = 0.2
_TIME_SCALE = 0.02  # shortens the waits before a stream's retries, which are up to 512 seconds


class Alibaba(Place):
    CLOUD = AlibabaCloud

    def announce(self, upload: Upload) -> None:
        event = element(upload.key, eTag=upload.etag.upper(), size=len(upload.data))
        self._queue.send(encode_notification(event))

    def pending(self) -> int:
        return len(self._queue.messages())

    def heal(self) -> None:
        super().heal()
        self.cloud.oss.faults.clear()

    def refuse_dead_letters(self, *, refused: bool) -> None:
        """Refuse requeued records too: SMQ's faults name the action, not the queue."""
        self.cloud.smq.faults.clear()
        if refused:
            self.cloud.smq.faults.add(Fault("error", "SendMessage", times=None, code="InternalError"))

    @property
    def _queue(self) -> Queue:
        queue: Queue = self.cloud.smq.queue(QUEUE)
        return queue

    def _lossy_environ(self, stack: ExitStack) -> dict[str, str]:
        cutter = _DelayCutter(self._queue)
        stack.callback(cutter.close)
        smq = self._through("smq", self.cloud.smq.url, stack)
        environ: dict[str, str] = self.cloud.environ()
        return environ | {
            "INGEST_BUCKET_ENDPOINT": self._through("oss", self.cloud.oss.url, stack),
            "INGEST_DEAD_LETTER_QUEUE_URL": f"{smq}/queues/{DEAD_LETTER_QUEUE}",
            "INGEST_HTTPS_PROXY": self._through("image_search", environ["INGEST_HTTPS_PROXY"], stack),
            "INGEST_QUEUE_URL": f"{smq}/queues/{QUEUE}",
        }

    def _source(self, function: LocalFunction) -> Source:
        options = replace(self.cloud.options, time_scale=_TIME_SCALE)
        return EventStream(self._queue, function.invoke, options, rng=self._rng)


class _DelayCutter:
    """Shorten the delays of messages that were sent with one. Messages that the stream holds are left alone."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="cutter", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._ending.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ending.wait(_POLL_SECONDS):
            soon = time.time() + MAX_DEFER_SECONDS
            for message in self._queue.messages():
                if message.receipt and not message.dequeue_count and message.visible_at > soon + 0.1:
                    with suppress(SmqError):  # already visible
                        self._queue.change_visibility(message.receipt, MAX_DEFER_SECONDS)
