"""Let the instance export its entries: start a task, wait for it, and ask for its URL (DumpMeta, DumpMetaList)."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

from imagesearch_ingest.adapters.errors import UNREADABLE_RESPONSE
from imagesearch_ingest.adapters.image_search.errors import reading
from imagesearch_ingest.adapters.image_search.sdk import Client, models
from imagesearch_ingest.image_search import error_for_code
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ops.index.telling import Teller
from imagesearch_ops.instance import SLOT_SECONDS, InstanceClient

# Another export or a batch import is running (DumpMeta reference, "Error codes").
_IS_BUSY = {"Console.TaskAlreadyExist", "Console.IncrementStatusError"}
_SLOWEST_SECONDS, _SLOWER = 10.0, 1.5
_PAGE_SIZE, _MOST_PAGES = 10, 30  # DumpMetaList reference, "PageSize" and "PageNumber"
_MOST_LOOKS = 8  # for a task that no list shows


@dataclass(frozen=True, slots=True)
class FinishedTask:
    """An export that has succeeded. ``before`` and ``after`` are the entries that Detail counted around it.

    ``began_at`` is in Unix seconds, by this machine's clock, and before the export.
    """

    name: str
    url: str
    before: int
    after: int
    began_at: float


def make_dump(instance: InstanceClient, teller: Teller) -> FinishedTask:
    """Start an export and wait until it has succeeded. Another task is waited for.

    Raise ``IngestError`` if the export fails.
    """
    name, before, began_at = _start(instance, teller)
    entries = f"{before:,} entr{'y' if before == 1 else 'ies'}"
    teller.say(f"The instance exports its {entries} (task {name}). This may take a while.")
    url = _wait(instance, name, is_empty=before == 0, teller=teller)
    time.sleep(SLOT_SECONDS)
    return FinishedTask(name, url, before, instance.detail().total, began_at)


def ask_again(instance: InstanceClient, name: str) -> str:
    """Return a new URL of a finished task. Raise ``IngestError``."""
    return _wait(instance, name, is_empty=False, teller=Teller(0))


def _start(instance: InstanceClient, teller: Teller) -> tuple[str, int, float]:
    """Return the task's ID, and the number of entries and the time just before."""
    request = models.DumpMetaRequest(instance_name=instance.name)
    is_waiting = False
    for pause in _pauses():
        before, began_at = instance.detail().total, time.time()
        try:
            body = instance.call("DumpMeta", Client.dump_meta_with_options, request, handled=_IS_BUSY)
        except IngestError as error:
            if error.service_code not in _IS_BUSY:
                raise
            (teller.still if is_waiting else teller.say)(
                "Another task of the instance is running. Waiting for its end."
            )
            is_waiting = True
            time.sleep(pause)
            continue
        with reading("DumpMeta"):
            return str(int(body.data.id)), before, began_at
    raise AssertionError


def _wait(instance: InstanceClient, name: str, *, is_empty: bool, teller: Teller) -> str:
    """Return the URL of a task's file. That of an empty instance may have none: the URL is then empty."""
    looks = 0
    for pause in _pauses():
        task = _find(instance, name)
        status = str(getattr(task, "status", None)).upper()
        if status == "FAIL":
            detail = f"the export {name} failed at the service: {task.code}, {str(task.msg).rstrip('.')}"
            raise error_for_code(str(task.code), detail)
        if status == "SUCCESS" and (task.meta_url or is_empty):
            return str(task.meta_url or "")
        looks += status != "PROCESSING"
        if looks > _MOST_LOOKS:
            raise UNREADABLE_RESPONSE.error("DumpMetaList")
        teller.still(f"The instance is still exporting (task {name}).")
        time.sleep(pause)
    raise AssertionError


def _find(instance: InstanceClient, name: str) -> Any:  # noqa: ANN401 - the SDK has no types
    """Return the task of a list, or ``None``. The list may hold all tasks, although one was asked for."""
    for page in range(1, _MOST_PAGES + 1):
        request = models.DumpMetaListRequest(
            instance_name=instance.name, id=int(name), page_number=page, page_size=_PAGE_SIZE
        )
        body = instance.call("DumpMetaList", Client.dump_meta_list_with_options, request)
        with reading("DumpMetaList"):
            tasks = list(body.data.dump_meta_list or ())
            found = next((task for task in tasks if str(task.id) == name), None)
            if found or page * _PAGE_SIZE >= int(body.data.total_count or 0):
                return found
        time.sleep(SLOT_SECONDS)
    return None


def _pauses() -> Iterator[float]:
    """Yield the pauses between two looks, in seconds: longer and longer."""
    for number in count():
        yield min(_SLOWEST_SECONDS, SLOT_SECONDS * _SLOWER ** min(number, 10))
