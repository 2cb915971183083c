"""The part of a local cloud that does not depend on the platform."""

import json
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar, Self

from imagesearch_ingest.settings import Settings, unfold_settings
from local_cloud.clouds import state
from local_cloud.clouds.settings import DEFAULT_RATE, OVERRIDDEN_SETTINGS, read_rate, read_service_type
from local_cloud.clouds.state import BucketObject
from local_cloud.image_search import ImageSearchService
from local_cloud.runtimes.function import LocalFunction, Runtime

NAME = "local"
ACCESS_KEY_ID, ACCESS_KEY_SECRET = "LTAI-local", "local-secret"
FUNCTION_TIMEOUT_SECONDS = 60
VISIBILITY_SECONDS = 90
SMALLEST_CAPACITY = 100_000  # pictures; an instance of this size takes one AddImage call a second, larger ones five


class LocalCloud(ABC):
    """The deployed system from the bucket to the index, as a context manager.

    ``environ`` holds the function's settings (``INGEST_*``); those in ``OVERRIDDEN_SETTINGS`` are ignored. ``port`` is
    the proxy's, and the other services use the following ports; 0 picks free ones. With ``with_function=False`` the
    events stay in the queue. Raise ``OSError`` at the start if a port is taken.

    ``name`` is the deployment's, as a stack has one. With ``beside``, it is a second deployment on the bucket of
    another local cloud, which must be closed later: queues and function are its own. So is the Image Search instance,
    unless the settings name that of the other deployment: then both share it, and its rates.
    """

    REGION: ClassVar[str]  # the instance's region, unless a setting names another
    SECURITY_TOKEN: ClassVar[str | None] = None  # set if the access key is temporary
    ADDS_A_SECOND: ClassVar[float] = DEFAULT_RATE  # the instance's AddImage rate, unless a setting names another
    LIMITER: str = "token_bucket"  # a kind from image_search.rate_limit
    FUNCTION_ROOT: ClassVar[Path]
    RUNTIME: ClassVar[Runtime]

    image_search: ImageSearchService
    function: LocalFunction
    bucket: str
    ca_path: Path  # what a client of all services must trust

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
        name: str = NAME,
        beside: Self | None = None,
    ) -> None:
        self._settings = self.function_settings(environ or {})
        self.instance = self._settings["INGEST_INSTANCE_NAME"]
        self.name = name
        self.bucket = beside.bucket if beside else bucket
        self._beside = beside
        self._port = port
        self._state_dir = state_dir
        self._with_function = with_function
        self._visibility_seconds = visibility_seconds
        self._on_log = on_log
        self._stack, self._deployed = ExitStack(), ExitStack()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Start every part. If one fails to start, the others are stopped again."""
        with ExitStack() as started:
            self._start(started)
            self._stack = started.pop_all()

    def close(self) -> None:
        self._stack.close()

    def update_stack(self, environ: Mapping[str, str]) -> None:
        """Give the function other settings, as deploying the stack again does."""
        self._deployed.close()
        self._settings |= environ
        self._start_function(self._deployed)

    def delete_stack(self) -> None:
        """Take the deployment away, as deleting its stack does. The bucket and the Image Search instance stay."""
        self._stop_announcing()
        self._deployed.close()
        self._delete_queues()

    def _start(self, stack: ExitStack) -> None:
        if self._beside and self._beside.is_at(self.instance, self._settings["INGEST_INSTANCE_REGION"]):
            self.image_search, self.ca_path = self._beside.image_search, self._beside.ca_path
        else:
            self._start_image_search(stack)
            self.ca_path = self._trust_both(self._beside, stack) if self._beside else self.image_search.ca_path
        self._start_storage(stack)
        if self._beside:
            stack.callback(self._stop_announcing)
        if self._state_dir:
            state.load(self._state_dir, self)
            stack.callback(state.save, self._state_dir, self)
        self._deployed = stack.enter_context(ExitStack())
        if self._with_function:
            self._start_function(self._deployed)

    def is_at(self, instance: str, region: str) -> bool:
        """Return whether the deployment adds to this instance."""
        return (self.instance, self._settings["INGEST_INSTANCE_REGION"]) == (instance, region)

    def _start_image_search(self, stack: ExitStack) -> None:
        rate = read_rate(self._settings)
        self.image_search = ImageSearchService(
            instance=self.instance,
            region=self._settings["INGEST_INSTANCE_REGION"],
            access_key_id=ACCESS_KEY_ID,
            access_key_secret=ACCESS_KEY_SECRET,
            security_token=self.SECURITY_TOKEN,
            rate=rate,
            capacity=SMALLEST_CAPACITY if rate <= 1 else 10 * SMALLEST_CAPACITY,
            limiter=self.LIMITER,
            service_type=read_service_type(self._settings),
            state_dir=self._state_dir and self._state_dir / "image_search",
            port=self._port,
        )
        stack.callback(self.image_search.close)
        self.image_search.start()

    def _trust_both(self, other: "LocalCloud", stack: ExitStack) -> Path:
        """Return a bundle with the authorities of both clouds: of the own Image Search, and of the other's storage."""
        bundle = Path(stack.enter_context(TemporaryDirectory(prefix="local-cloud-"))) / "ca.pem"
        bundle.write_bytes(self.image_search.ca_path.read_bytes() + other.ca_path.read_bytes())
        return bundle

    def _own(self, name: str) -> str:
        """Return the name of a queue: the first deployment's are short."""
        return f"{self.name}-{name}" if self._beside else name

    def environ(self) -> dict[str, str]:
        """Return the function's environment: the settings of a template, with the endpoints of this machine."""
        return {
            "PATH": os.environ.get("PATH", ""),
            "INGEST_STACK_NAME": self.name,
            **self._settings,
            "ALIBABA_CLOUD_ACCESS_KEY_ID": ACCESS_KEY_ID,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": ACCESS_KEY_SECRET,
            "INGEST_CA_BUNDLE": str(self.ca_path),
            "INGEST_HTTPS_PROXY": self.image_search.proxy_url,
            **self._platform_environ(),
        }

    @classmethod
    def check_settings(cls, environ: Mapping[str, str]) -> None:
        """Raise ``SettingsError`` if the function would refuse these settings. Nothing is started."""
        placeholders = {
            name: f"http://127.0.0.1/not-created-yet/{name.lower()}"
            for name in ("INGEST_QUEUE_URL", "INGEST_DEAD_LETTER_QUEUE_URL")
        }
        Settings.from_env(cls.function_settings(environ) | placeholders)

    @classmethod
    def function_settings(cls, environ: Mapping[str, str]) -> dict[str, str]:
        """Return the given ``INGEST_*`` settings over the defaults, without those in ``OVERRIDDEN_SETTINGS``.

        Further settings get variables of their own: among them may be defaults, or settings that are overridden.
        """
        given = {
            name: value for name, value in unfold_settings(environ).items() if name.startswith("INGEST_") and value
        }
        defaults = {
            "INGEST_ADDS_PER_SECOND": str(cls.ADDS_A_SECOND),
            "INGEST_INSTANCE_NAME": "demo",
            "INGEST_INSTANCE_REGION": cls.REGION,
        }
        return defaults | {name: value for name, value in given.items() if name not in OVERRIDDEN_SETTINGS}

    @abstractmethod
    def _start_storage(self, stack: ExitStack) -> None:
        """Start the bucket and the queues."""

    @abstractmethod
    def _stop_announcing(self) -> None:
        """Announce the bucket to this deployment no longer."""

    @abstractmethod
    def _delete_queues(self) -> None:
        """Delete the queues of this deployment."""

    @abstractmethod
    def _start_function(self, stack: ExitStack) -> None:
        """Start the function and the trigger that invokes it."""

    @abstractmethod
    def _platform_environ(self) -> dict[str, str]:
        """Return the variables that only this platform's function needs."""

    @abstractmethod
    def addresses(self) -> dict[str, Any]:
        """Return what other programs need to reach each service, by its name."""

    def _image_search_access(self) -> dict[str, str | None]:
        """Return the endpoint for clients without a proxy, and the keys that every client needs."""
        return {
            "endpoint": self.image_search.endpoint,
            "region": self._settings["INGEST_INSTANCE_REGION"],
            "access_key_id": ACCESS_KEY_ID,
            "access_key_secret": ACCESS_KEY_SECRET,
            "security_token": self.SECURITY_TOKEN,
        }

    @abstractmethod
    def upload(self, key: str, data: Any, metadata: Mapping[str, str] | None = None) -> None:  # noqa: ANN401 - bytes or a file
        """Put an object. ``data`` is bytes or an open file; ``metadata`` is user metadata in ASCII."""

    @abstractmethod
    def remove(self, key: str) -> None:
        """Delete an object. A missing object is not an error."""

    @abstractmethod
    def objects(self) -> Iterator[BucketObject]:
        """Yield every object of the bucket."""

    @abstractmethod
    def dead_letters(self) -> list[dict[str, Any]]:
        """Return the dead letters, hidden or not, without removing them. A letter may occur more than once."""

    @abstractmethod
    def put_dead_letter(self, letter: Mapping[str, Any]) -> None:
        """Put a saved dead letter back into the queue."""


def parse_letters(bodies: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Yield the dead letters among messages. An operator, SQS or EventBridge may have put others beside them."""
    for body in bodies:
        with suppress(ValueError):
            letter = json.loads(body)
            if isinstance(letter, dict) and "record_id" in letter:
                yield letter
