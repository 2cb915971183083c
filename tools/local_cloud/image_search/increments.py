"""IncreaseInstance and IncreaseList: add and delete the pictures that a file in OSS lists ("Batch operations").

increment.meta has a JSON object on each line. Documented are the lines that add; those that delete are named only, and
have the IDs here. Not documented, so chosen here:

- Path names the file or its folder. Both readings are found in the documentation, so both work.
- PicName is the object's key in the bucket.
- A line that fails does not stop the others. ErrorUrl has each such line with its number, code and message. Settings
  choose other forms: the lines alone, a text, or a form that nobody can understand.
- CallbackAddress is kept, but not called.
"""

import json
from collections.abc import Callable, Mapping

from local_cloud.image_search import limits, pictures
from local_cloud.image_search.errors import ApiError, ConsoleError
from local_cloud.image_search.files import Files
from local_cloud.image_search.models import Index
from local_cloud.image_search.operations import make_entry
from local_cloud.image_search.paging import read_page, render_page
from local_cloud.image_search.rendering import Body
from local_cloud.image_search.settings import TaskSettings
from local_cloud.image_search.tasks import Task, Tasks, render_task

META_FILE = "increment.meta"
MAX_PAGE = 500
# Returns the objects of a bucket by their keys. Raises ``LookupError`` without the bucket.
ReadBucket = Callable[[str], Mapping[str, bytes]]
_OPERATION = "OperationType"


def increase_instance(
    index: Index, tasks: Tasks, read_bucket: ReadBucket, settings: TaskSettings, parameters: limits.Parameters
) -> Body:
    """Start a task that works through increment.meta."""
    limits.check_known(parameters, ("InstanceName", "BucketName", "Path", "CallbackAddress"))
    bucket, path = parameters.get("BucketName", ""), parameters.get("Path", "")
    if not path.startswith("/") or path.endswith("/"):
        raise ConsoleError("Console.BadRequest", f"Path: {path!r} does not begin with a slash, or ends with one.")
    try:
        read_bucket(bucket)
    except LookupError:
        raise ConsoleError("Console.BadRequest", f"BucketName: there is no bucket {bucket!r} in OSS.") from None
    task = tasks.start(lambda: _work_through(index, read_bucket(bucket), path, settings), parameters)
    if task is None:
        raise ConsoleError("Console.IncrementStatusError", "A batch task is running.")
    return {"Success": True, "Data": {"Id": str(task.id), "IncrementStatus": task.status}}


def increase_list(tasks: Tasks, files: Files, settings: TaskSettings, parameters: limits.Parameters) -> Body:
    limits.check_known(parameters, ("InstanceName", "BucketName", "Path", "Id", "PageNumber", "PageSize"))
    page = read_page(parameters, MAX_PAGE)
    wanted = [
        task
        for task in tasks.list()
        if all(parameters.get(name) in (None, task.given[name]) for name in ("BucketName", "Path"))
    ]
    chosen, fields = render_page(wanted, page)
    return {"Data": fields | {"Increments": {"Instance": [_render(task, files, settings) for task in chosen]}}}


def _render(task: Task, files: Files, settings: TaskSettings) -> Body:
    given = {name: value for name, value in task.given.items() if name != "InstanceName"}
    return render_task(task, files, settings, "ErrorUrl") | given


def _work_through(index: Index, objects: Mapping[str, bytes], path: str, settings: TaskSettings) -> bytes | None:
    """Apply every line, and return the lines that failed."""
    key = path.removeprefix("/")
    data = objects.get(key if key.rpartition("/")[2] == META_FILE else f"{key}/{META_FILE}")
    if data is None:
        raise ConsoleError("Console.BadRequest", f"There is no {META_FILE} at {path}.")
    failed = []
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        try:
            _apply(index, objects, line, fails=number in settings.fail_lines)
        except ApiError as error:
            failed.append(_FORMS[settings.errors](number, line, error) + "\n")
    return "".join(failed).encode() if failed else None


_FORMS: Mapping[str, Callable[[int, str, ApiError], str]] = {
    "fields": lambda number, line, error: json.dumps(
        {"Line": number, "Content": line, "Code": error.code, "Msg": error.message}, ensure_ascii=False
    ),
    "lines": lambda _, line, __: line,
    "text": lambda number, _, error: f"line {number}: {error.code}: {error.message}",
    "unreadable": lambda number, _, __: f"%%{number:x}%%",
}


def _apply(index: Index, objects: Mapping[str, bytes], line: str, *, fails: bool) -> None:
    if fails:
        raise ApiError("PictureError", "Scripted.")
    parameters = _read_line(line)
    operation = parameters.pop(_OPERATION, "")
    if operation == "ADD":
        _add(index, objects, parameters)
    elif operation == "DELETE":
        limits.check_known(parameters, ("ProductId", "PicName"))
        name = limits.read_identifier(parameters, "PicName") if "PicName" in parameters else None
        index.delete(limits.read_identifier(parameters, "ProductId"), name)
    else:
        raise ApiError("BadRequest", f"{_OPERATION}: {operation!r} is neither ADD nor DELETE.")


def _read_line(line: str) -> dict[str, str]:
    try:
        fields = json.loads(line)
    except ValueError as error:
        raise ApiError("BadRequest", f"It is not a JSON object: {error}.") from None
    if not isinstance(fields, Mapping):
        raise ApiError("BadRequest", "It is not a JSON object.")
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()}


def _add(index: Index, objects: Mapping[str, bytes], parameters: dict[str, str]) -> None:
    name = parameters.get("PicName", "")
    # Crop and PicContent belong to AddImage alone.
    limits.check_known(parameters, ("ProductId", "PicName", "CategoryId", "Region", *limits.CHANGEABLE))
    if name.startswith("/") or "." not in name.rpartition("/")[2]:
        raise ApiError("InvalidPicName", "It begins with a slash, or has no extension.")
    added = limits.read_add_parameters(parameters | {"PicContent": name})
    picture = objects.get(name)
    if picture is None:
        raise ApiError("PicNotExist", f"There is no object {name!r}.")
    kind = index.instance.kind
    found = pictures.inspect(picture, kind)
    limits.read_region(parameters, found.width, found.height)
    index.add(make_entry(added, picture, found, kind))
