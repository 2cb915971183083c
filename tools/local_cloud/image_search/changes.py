"""Change a running service, for tests and operators: the instance, how tasks run, and the rates."""

import dataclasses

from local_cloud.image_search.actions import Parts
from local_cloud.image_search.rate_limit import RateLimits
from local_cloud.image_search.settings import TaskSettings, read_instance_change, read_rates, read_task_settings


class Changes:
    """Each method takes JSON values and raises ``ValueError`` if one is invalid; then nothing has changed."""

    def __init__(self, parts: Parts, limits: RateLimits) -> None:
        self._parts = parts
        self._limits = limits
        self._first = parts.index.instance

    def change_instance(self, value: object) -> None:
        """Set some fields of the instance. Another ``qps`` is also the new rate of queries."""
        fields = read_instance_change(value).fields()
        index = self._parts.index
        index.instance = dataclasses.replace(index.instance, **fields)
        if "qps" in fields:
            self._limits.change({"query": fields["qps"]})

    def change_tasks(self, value: object) -> None:
        """Set how tasks run from now on. What is not given has its default."""
        self._parts.task_settings = read_task_settings(value)

    def change_rates(self, value: object) -> None:
        """Set some of the rates in calls per second."""
        self._limits.change(read_rates(value))

    def reset(self) -> None:
        """Empty the index, the uploads, the tasks and their files, and take back every change."""
        self._parts.stop_tasks()
        self._parts.index.clear()
        self._parts.index.instance = self._first
        self._parts.uploads.clear()
        self._parts.files.clear()
        self._parts.task_settings = TaskSettings()
        self._limits.reset()
