"""Let Image Search import increment.meta: start a task, and wait for its end (IncreaseInstance, IncreaseList)."""

import time
from typing import Any

from imagesearch_ingest.adapters.errors import UNREADABLE_RESPONSE
from imagesearch_ingest.adapters.image_search.errors import reading
from imagesearch_ingest.adapters.image_search.sdk import Client, models
from imagesearch_ingest.image_search import error_for_code
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ops.backfill.bulk.lines import META_KEY
from imagesearch_ops.backfill.bulk.state import Phase, State
from imagesearch_ops.index.telling import Teller
from imagesearch_ops.instance import SLOT_SECONDS, InstanceClient

PATH = f"/{META_KEY}"  # at the root of the bucket, it is the same whether Path names the file or its folder
_IS_BUSY = {"Console.IncrementStatusError", "Console.TaskAlreadyExist"}
_SLOWEST_SECONDS, _SLOWER = 30.0, 1.3
_PAGE_SIZE, _MOST_PAGES = 10, 30  # IncreaseList reference, "PageSize"
_MOST_LOOKS = 8  # for a task that no list shows
_PROCESSING, _SUCCESS, _FAIL = "PROCESSING", "SUCCESS", "FAIL"


class Importer:
    """The tasks of one instance on one staging bucket. Every method raises ``IngestError``.

    ``errors_url`` is where the failed lines of the task are that ended last: empty if there are none.
    """

    def __init__(self, instance: InstanceClient, bucket: str, teller: Teller) -> None:
        self._instance = instance
        self._bucket = bucket
        self._teller = teller
        self.errors_url: str | None = None
        self._has_noted = False
        self._next_slot = 0.0

    def find_running(self) -> str | None:
        """Return the batch task that the instance works on now, if any."""
        running = (task for task in self._list() if _status_of(task) == _PROCESSING)
        return next((str(task.id) for task in running), None)

    def free(self) -> int:
        """Return how many pictures the instance has room for."""
        return self._instance.detail().free

    def note_earlier(self, state: State) -> None:
        """Note the tasks that are there before the first attempt to start one."""
        state.earlier_tasks = [str(task.id) for task in self._list_own()]
        self._has_noted = True

    def start(self, state: State) -> None:
        """Start a task, unless that was done before, and remember it. The task of somebody else is waited for.

        The answer of an earlier attempt may be lost, and its task run: it is none of those that were there before.
        """
        pause, is_waiting = SLOT_SECONDS, False
        while state.task is None:
            found = None if self._has_noted else self._find_new(state)
            self._has_noted = False
            state.task = found or self._try_to_start()
            if state.task is None:
                (self._teller.still if is_waiting else self._teller.say)(
                    "Another batch task of the instance is running. Waiting for its end."
                )
                is_waiting = True
                time.sleep(pause)
                pause = min(_SLOWEST_SECONDS, pause * _SLOWER)
        state.save()

    def wait(self, state: State) -> None:
        """Return once the task has succeeded. A task that fails is forgotten: the next attempt starts another one."""
        pause, looks = SLOT_SECONDS, 0
        while True:
            task = self._find(str(state.task))
            status = _status_of(task)
            self.errors_url = str(getattr(task, "error_url", None) or "")
            if status == _SUCCESS:
                return
            if status == _FAIL:
                raise self._fail(task, state)
            looks += status != _PROCESSING
            if looks > _MOST_LOOKS:
                raise UNREADABLE_RESPONSE.error("IncreaseList")
            self._teller.still(f"Image Search is still importing (task {state.task}).")
            time.sleep(pause)
            pause = min(_SLOWEST_SECONDS, pause * _SLOWER)

    def ask_again(self, name: str) -> str:
        """Return the URL of a finished task's failed lines, signed anew; empty if there are none."""
        return str(getattr(self._find(name), "error_url", None) or "")

    def _try_to_start(self) -> str | None:
        """Return the new task, or ``None`` if another one is running."""
        action = "IncreaseInstance"
        request = models.IncreaseInstanceRequest(instance_name=self._instance.name, bucket_name=self._bucket, path=PATH)
        try:
            body = self._instance.call(action, Client.increase_instance_with_options, request, handled=_IS_BUSY)
        except IngestError as error:
            if error.service_code in _IS_BUSY:
                return None
            raise
        with reading(action):
            return str(int(body.data.id))

    def _fail(self, task: Any, state: State) -> IngestError:  # noqa: ANN401 - the SDK has no types
        number, state.task = state.task, None
        state.save(Phase.TASK)
        detail = f"the import {number} failed at the service: {task.code}, {str(task.msg).rstrip('.')}"
        return error_for_code(str(task.code), f"{detail}. --resume starts another one")

    def _find_new(self, state: State) -> str | None:
        new = (str(task.id) for task in self._list_own() if str(task.id) not in state.earlier_tasks)
        return next(new, None)

    def _find(self, name: str) -> Any:  # noqa: ANN401 - the SDK has no types
        return next((task for task in self._list(id=int(name)) if str(task.id) == name), None)

    def _list_own(self) -> list[Any]:
        tasks = self._list(bucket_name=self._bucket, path=PATH)
        return [task for task in tasks if (task.bucket_name, task.path) == (self._bucket, PATH)]

    def _list(self, **narrowed: Any) -> list[Any]:  # noqa: ANN401 - the parameters of the SDK
        """Return the tasks. A list may hold all tasks, although some were asked for."""
        found: list[Any] = []
        for page in range(1, _MOST_PAGES + 1):
            request = models.IncreaseListRequest(
                instance_name=self._instance.name, page_number=page, page_size=_PAGE_SIZE, **narrowed
            )
            self._take_slot()
            body = self._instance.call("IncreaseList", Client.increase_list_with_options, request)
            with reading("IncreaseList"):
                found += body.data.increments.instance or ()
                if page * _PAGE_SIZE >= int(body.data.total_count or 0):
                    break
        return found

    def _take_slot(self) -> None:
        """Wait until a second has passed since the last list: IncreaseList takes one call a second."""
        time.sleep(max(0.0, self._next_slot - time.monotonic()))
        self._next_slot = time.monotonic() + SLOT_SECONDS


def _status_of(task: Any) -> str:  # noqa: ANN401 - the SDK has no types
    return str(getattr(task, "status", None)).upper()
