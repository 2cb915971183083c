"""DumpMeta and DumpMetaList: export the index to a file.

The form of the file is not documented. By default it has a line of JSON for each picture, with the names that
increment.meta has. ``TaskSettings`` offers other forms, for tests of programs that read it.
"""

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Sequence

from local_cloud.image_search import limits
from local_cloud.image_search.errors import ConsoleError
from local_cloud.image_search.files import Files
from local_cloud.image_search.limits import CHANGEABLE, Value
from local_cloud.image_search.models import Entry, Index
from local_cloud.image_search.paging import read_page, render_page
from local_cloud.image_search.rendering import Body, find_category
from local_cloud.image_search.settings import TaskSettings
from local_cloud.image_search.tasks import Tasks, render_task

MAX_PAGE = 30
COLUMNS = ("ProductId", "PicName", "CategoryId", *CHANGEABLE)
Row = dict[str, Value]


def dump_meta(index: Index, tasks: Tasks, settings: TaskSettings, parameters: limits.Parameters) -> Body:
    """Start a task that exports the entries of this moment."""
    limits.check_known(parameters, ("InstanceName",))
    entries = index.entries()
    task = tasks.start(lambda: render_file(entries, settings), {})
    if task is None:
        raise ConsoleError("Console.TaskAlreadyExist")
    return {"Success": True, "Data": {"Id": str(task.id), "DumpMetaStatus": task.status}}


def dump_meta_list(tasks: Tasks, files: Files, settings: TaskSettings, parameters: limits.Parameters) -> Body:
    limits.check_known(parameters, ("InstanceName", "Id", "PageNumber", "PageSize"))
    # The SDK's newest description: at most 30 for both. The OpenAPI metadata has 500.
    page = read_page(parameters, MAX_PAGE)
    chosen, fields = render_page(tasks.list(), page)
    return {"Data": fields | {"DumpMetaList": [render_task(task, files, settings, "MetaUrl") for task in chosen]}}


def render_file(entries: Sequence[Entry], settings: TaskSettings) -> bytes:
    data = _FORMATS[settings.format](map(_row, entries)).encode()
    return _PACKINGS[settings.packing](data)


def _row(entry: Entry) -> Row:
    given = {name: entry.attributes[name] for name in CHANGEABLE if name in entry.attributes}
    return {"ProductId": entry.product_id, "PicName": entry.pic_name, "CategoryId": find_category(entry)} | given


def _json_lines(rows: Iterable[Row]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _json_array(rows: Iterable[Row]) -> str:
    return json.dumps(list(rows), ensure_ascii=False)


def _csv(rows: Iterable[Row]) -> str:
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


def _zip(data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("meta", data)
    return buffer.getvalue()


_FORMATS: dict[str, Callable[[Iterable[Row]], str]] = {
    "json_lines": _json_lines,
    "json_array": _json_array,
    "csv": _csv,
}
_PACKINGS: dict[str, Callable[[bytes], bytes]] = {"none": bytes, "gzip": gzip.compress, "zip": _zip}
