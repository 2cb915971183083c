"""One bucket, its queues, one Image Search instance, and the function between them, put together: what every cloud has.

aws_cloud.py        S3, SQS and Lambda
alibaba_cloud.py    OSS, SMQ, EventBridge and Function Compute
"""

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Self

from imagesearch_ingest.settings import Settings
from local_cloud import state
from local_cloud.function import LocalFunction, Runtime
from local_cloud.image_search import ImageSearchService

ACCESS_KEY_ID, ACCESS_KEY_SECRET = "LTAI-local", "local-secret"
OVERWRITTEN = {
    "INGEST_BUCKET_ENDPOINT",
    "INGEST_CA_BUNDLE",
    "INGEST_CREDENTIALS_SECRET",
    "INGEST_DEAD_LETTER_QUEUE_URL",
    "INGEST_HTTPS_PROXY",
    "INGEST_INSTANCE_ENDPOINT",
    "INGEST_QUEUE_URL",
    "INGEST_UPLOAD_ENDPOINT_TYPE",
}
FUNCTION_TIMEOUT_SECONDS = 60
VISIBILITY_SECONDS = 90


class StoredObject(NamedTuple):
    key: str
    data: bytes
    metadata: Mapping[str, str]


class LocalCloud(ABC):
    """Everything between ``upload`` and the index, as deployed; a context manager.

    ``environ`` holds the function's own settings (``INGEST_*``); whatever names an endpoint, a queue or a key is
    overwritten. Raises ``OSError`` when ``port`` (the proxy's; the others take the next ones) is taken. With
    ``with_function=False`` nobody takes the events from the queue.
    """

    REGION: ClassVar[str]  # of the instance, where the settings name none
    SECURITY_TOKEN: ClassVar[str | None] = None  # of an access key that is a temporary one
    ADDS_A_SECOND: ClassVar[float] = 5  # that the instance takes, where the settings do not say
    LIMITER: str = "token_bucket"  # the kind of its rate limiter
    FUNCTION_ROOT: ClassVar[Path]
    RUNTIME: ClassVar[Runtime]

    function: LocalFunction

    def __init__(
        self,
        environ: Mapping[str, str] | None = None,
        *,
        bucket: str = "pictures",
        port: int = 0,
        state_dir: Path | None = None,
        with_function: bool = True,
        visibility_seconds: int = VISIBILITY_SECONDS,
        on_log: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._given = self.function_settings(environ or {})
        self.instance = self._given["INGEST_INSTANCE_NAME"]
        self.bucket = bucket
        self._port = port
        self._state_dir = state_dir
        self._with_function = with_function
        self._visibility_seconds = visibility_seconds
        self._on_log = on_log
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """All of it or nothing: what was started is stopped again if the rest cannot be."""
        with ExitStack() as started:
            self._start(started)
            self._stack = started.pop_all()

    def close(self) -> None:
        self._stack.close()

    def _start(self, stack: ExitStack) -> None:
        self.image_search = ImageSearchService(
            instance=self.instance,
            region=self._given["INGEST_INSTANCE_REGION"],
            access_key_id=ACCESS_KEY_ID,
            access_key_secret=ACCESS_KEY_SECRET,
            security_token=self.SECURITY_TOKEN,
            rate=_rate(self._given),
            limiter=self.LIMITER,
            state_dir=self._state_dir and self._state_dir / "image_search",
            port=self._port,
        )
        stack.callback(self.image_search.close)
        self.image_search.start()
        self._start_storage(stack)
        if self._state_dir:
            state.load(self._state_dir, self)
            stack.callback(state.save, self._state_dir, self)
        if self._with_function:
            self._start_function(stack)

    def environ(self) -> dict[str, str]:
        """The function's environment: what a template would set, with the endpoints of this machine."""
        return {
            "PATH": os.environ.get("PATH", ""),
            **self._given,
            "ALIBABA_CLOUD_ACCESS_KEY_ID": ACCESS_KEY_ID,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": ACCESS_KEY_SECRET,
            "INGEST_CA_BUNDLE": str(self.image_search.ca_path),
            "INGEST_HTTPS_PROXY": self.image_search.proxy_url,
            **self._own_environ(),
        }

    @classmethod
    def check_settings(cls, environ: Mapping[str, str]) -> None:
        """Raises ``SettingsError`` for what would be handed to the function, before anything is started."""
        later = dict.fromkeys(("INGEST_QUEUE_URL", "INGEST_DEAD_LETTER_QUEUE_URL"), "http://127.0.0.1/not-made-yet")
        Settings.from_env(cls.function_settings(environ) | later)

    @classmethod
    def function_settings(cls, environ: Mapping[str, str]) -> dict[str, str]:
        """The given settings, over defaults; what names the way to a real cloud is left out."""
        ours = {name: value for name, value in environ.items() if name.startswith("INGEST_") and value}
        defaults = {
            "INGEST_ADDS_PER_SECOND": str(cls.ADDS_A_SECOND),
            "INGEST_INSTANCE_NAME": "demo",
            "INGEST_INSTANCE_REGION": cls.REGION,
        }
        return defaults | {name: value for name, value in ours.items() if name not in OVERWRITTEN}

    @abstractmethod
    def _start_storage(self, stack: ExitStack) -> None:
        """Bucket and queues."""

    @abstractmethod
    def _start_function(self, stack: ExitStack) -> None:
        """The function, and what invokes it."""

    @abstractmethod
    def _own_environ(self) -> dict[str, str]:
        """What this cloud's function is told beyond what every cloud's is."""

    @abstractmethod
    def addresses(self) -> dict[str, str]:
        """Where its services are, by name."""

    @abstractmethod
    def upload(self, key: str, data: Any, metadata: Mapping[str, str] | None = None) -> None:  # noqa: ANN401 - bytes or a file
        """``data`` is bytes or an open file; ``metadata`` is the user's, ASCII."""

    @abstractmethod
    def remove(self, key: str) -> None:
        """Removes an object; one that is not there is no error."""

    @abstractmethod
    def objects(self) -> Iterator[StoredObject]:
        """What is in the bucket."""

    @abstractmethod
    def dead_letters(self) -> list[dict[str, Any]]:
        """What is in the dead-letter queue, without taking it out; a letter may be there more than once."""

    @abstractmethod
    def put_dead_letter(self, letter: Mapping[str, Any]) -> None:
        """One that was there before."""


def _rate(environ: Mapping[str, str]) -> float:
    """AddImage calls a second: as many as the function is told that there are."""
    try:
        return max(0.001, float(environ["INGEST_ADDS_PER_SECOND"]))
    except ValueError:  # the function's own to complain of
        return LocalCloud.ADDS_A_SECOND
