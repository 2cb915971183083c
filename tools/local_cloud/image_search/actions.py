"""The table of operations: which leg, limiter, errors and function each one has."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from local_cloud.image_search import dumps, increments, operations, search
from local_cloud.image_search.files import Files
from local_cloud.image_search.increments import ReadBucket
from local_cloud.image_search.limits import Parameters
from local_cloud.image_search.models import Index
from local_cloud.image_search.rendering import Body
from local_cloud.image_search.settings import TaskSettings
from local_cloud.image_search.tasks import Tasks
from local_cloud.image_search.uploads import Uploads


def _find_no_bucket(name: str) -> Mapping[str, bytes]:
    raise LookupError(name)


@dataclass
class Parts:
    """What the operations work on. ``read_bucket`` reads OSS; without OSS it finds no bucket."""

    index: Index
    uploads: Uploads
    files: Files
    dumps: Tasks
    increments: Tasks
    task_settings: TaskSettings = field(default_factory=TaskSettings)
    read_bucket: ReadBucket = _find_no_bucket

    def stop_tasks(self) -> None:
        """Stop the running tasks and forget all."""
        self.dumps.clear()
        self.increments.clear()


@dataclass(frozen=True)
class Action:
    """An operation.

    ``limiter`` is a name of ``RateLimits``. ``of_console`` is whether its errors are those of ``ConsoleError``.
    """

    leg: str
    limiter: str | None
    call: Callable[[Parts, Parameters], Body]
    methods: tuple[str, ...] = ("POST",)
    of_console: bool = False


_ANY = ("GET", "POST")
ACTIONS = {
    "AddImage": Action("add", "add", lambda parts, given: operations.add_image(parts.index, parts.uploads, given)),
    "UpdateImage": Action("update", "update", lambda parts, given: operations.update_image(parts.index, given)),
    "DeleteImage": Action("delete", "delete", lambda parts, given: operations.delete_image(parts.index, given)),
    "SearchImageByPic": Action(
        "search", "query", lambda parts, given: search.search_image_by_pic(parts.index, parts.uploads, given)
    ),
    "SearchImageByName": Action(
        "search_by_name", "query", lambda parts, given: search.search_image_by_name(parts.index, given)
    ),
    "SearchImageByText": Action(
        "search_by_text", "query", lambda parts, given: search.search_image_by_text(parts.index, given)
    ),
    "SearchImageByFilter": Action(
        "search_by_filter", "query", lambda parts, given: search.search_image_by_filter(parts.index, given)
    ),
    "CompareSimilarByImage": Action(
        "compare", "query", lambda parts, given: operations.compare_similar_by_image(parts.index, parts.uploads, given)
    ),
    "CheckImageExists": Action(
        "exists", "query", lambda parts, given: operations.check_image_exists(parts.index, given)
    ),
    "Detail": Action("detail", "detail", lambda parts, given: operations.detail(parts.index, given), of_console=True),
    "DumpMeta": Action(
        "dump",
        "dump",
        lambda parts, given: dumps.dump_meta(parts.index, parts.dumps, parts.task_settings, given),
        _ANY,
        of_console=True,
    ),
    "DumpMetaList": Action(
        "dump_list",
        "dump_list",
        lambda parts, given: dumps.dump_meta_list(parts.dumps, parts.files, parts.task_settings, given),
        _ANY,
        of_console=True,
    ),
    "IncreaseInstance": Action(
        "increase",
        None,
        lambda parts, given: increments.increase_instance(
            parts.index, parts.increments, parts.read_bucket, parts.task_settings, given
        ),
        _ANY,
        of_console=True,
    ),
    "IncreaseList": Action(
        "increase_list",
        "increase_list",
        lambda parts, given: increments.increase_list(parts.increments, parts.files, parts.task_settings, given),
        _ANY,
        of_console=True,
    ),
}
