"""Divide lists of tasks into pages (DumpMetaList and IncreaseList references)."""

from collections.abc import Sequence
from dataclasses import dataclass

from local_cloud.image_search.errors import ConsoleError
from local_cloud.image_search.limits import Parameters
from local_cloud.image_search.rendering import Body
from local_cloud.image_search.tasks import Task

DEFAULT_PAGE_SIZE = 10
_INT64_DIGITS = 18


@dataclass(frozen=True)
class Page:
    """A page of the tasks, or of the one with ``task_id``."""

    number: int
    size: int
    task_id: int | None


def read_page(parameters: Parameters, most: int) -> Page:
    """Return the wanted page. Raise ``ConsoleError`` if the number or the size is not from 1 to ``most``."""
    wanted = {
        name: _read(name, parameters.get(name, str(default)), most)
        for name, default in (("PageNumber", 1), ("PageSize", DEFAULT_PAGE_SIZE))
    }
    task_id = _read("Id", parameters["Id"], 10**_INT64_DIGITS) if "Id" in parameters else None
    return Page(wanted["PageNumber"], wanted["PageSize"], task_id)


def render_page(tasks: Sequence[Task], page: Page) -> tuple[Sequence[Task], Body]:
    """Return the tasks of the page, and the fields that describe the page."""
    chosen = [task for task in tasks if page.task_id in (None, task.id)]
    first = (page.number - 1) * page.size
    fields: Body = {"PageNumber": page.number, "PageSize": page.size, "TotalCount": len(chosen)}
    return chosen[first : first + page.size], fields


def _read(name: str, value: str, most: int) -> int:
    is_number = value.isascii() and value.isdecimal() and len(value) <= _INT64_DIGITS
    if not is_number or not 1 <= int(value) <= most:
        raise ConsoleError("Console.BadRequest", f"{name}: {value!r} is not a number from 1 to {most}.")
    return int(value)
