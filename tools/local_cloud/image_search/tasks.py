"""Run the tasks of DumpMeta and IncreaseInstance in the background, one of each kind at a time."""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count

from local_cloud.image_search.errors import ImageSearchError
from local_cloud.image_search.files import Files
from local_cloud.image_search.rendering import Body, to_milliseconds
from local_cloud.image_search.settings import TaskSettings

_logger = logging.getLogger(__name__)
PROCESSING, SUCCESS, FAIL = "PROCESSING", "SUCCESS", "FAIL"
# Returns the file that the task leaves behind, or ``None``.
Work = Callable[[], bytes | None]


@dataclass
class Task:
    """A task. Times are in Unix seconds; ``file`` is the key of its file; ``given`` are the call's parameters."""

    id: int
    created: float
    modified: float
    given: Mapping[str, str]
    status: str = PROCESSING
    code: str = ""
    message: str = ""
    file: str | None = None
    cancelled: threading.Event = field(default_factory=threading.Event, repr=False)
    thread: threading.Thread | None = field(default=None, repr=False)


class Tasks:
    """The tasks of one kind. ``settings`` returns how they run."""

    def __init__(
        self, name: str, files: Files, settings: Callable[[], TaskSettings], clock: Callable[[], float]
    ) -> None:
        self._name = name
        self._files = files
        self._settings = settings
        self._clock = clock
        self._numbers = count(1)
        self._tasks: list[Task] = []
        self._lock = threading.Lock()

    def start(self, work: Work, given: Mapping[str, str]) -> Task | None:
        """Start a task and return it, or return ``None`` if one is running."""
        settings, now = self._settings(), self._clock()
        with self._lock:
            if any(task.status == PROCESSING for task in self._tasks):
                return None
            task = Task(next(self._numbers), now, now, given)
            self._tasks.append(task)
        task.thread = threading.Thread(target=self._run, args=(task, work, settings), name=self._name, daemon=True)
        task.thread.start()
        return task

    def list(self) -> list[Task]:
        """Return the tasks, the newest first."""
        with self._lock:
            return self._tasks[::-1]

    def clear(self) -> None:
        """Stop the running task and forget all."""
        with self._lock:
            tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancelled.set()
        for task in tasks:
            if task.thread is not None:
                task.thread.join()

    def _run(self, task: Task, work: Work, settings: TaskSettings) -> None:
        if task.cancelled.wait(settings.seconds):
            return
        try:
            if settings.fail:
                self._finish(task, FAIL, "Console.InternalError", "Scripted.")
                return
            data = work()
        except ImageSearchError as error:
            self._finish(task, FAIL, error.code, error.message)
        except Exception as error:
            _logger.exception("a task of the local Image Search failed")
            self._finish(task, FAIL, "Console.InternalError", str(error))
        else:
            task.file = None if data is None else self._files.put(self._name, data)
            self._finish(task, SUCCESS, "0", "success")

    def _finish(self, task: Task, status: str, code: str, message: str) -> None:
        with self._lock:
            task.code, task.message, task.modified = code, message, self._clock()
            task.status = status


def render_task(task: Task, files: Files, settings: TaskSettings, url: str) -> Body:
    """Return what the lists of tasks show of one. ``url`` names the field with the address of its file."""
    body: Body = {
        "Id": task.id,
        "Status": task.status,
        "UtcCreate": str(to_milliseconds(task.created)),
        "UtcModified": to_milliseconds(task.modified),
    }
    if task.code:
        body |= {"Code": task.code, "Msg": task.message}
    if task.status == SUCCESS and task.file is not None:
        body[url] = files.sign(task.file, settings.url_seconds)
    return body
