"""What tests and operators may change in a running service, through Python or the control API."""

import dataclasses
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter

from local_cloud.image_search.kinds import KINDS
from local_cloud.image_search.models import Instance
from local_cloud.image_search.validated import read

Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]


def _is_kind(name: str) -> str:
    if name not in KINDS:
        raise ValueError(f"not one of {', '.join(KINDS)}")
    return name


_AVAILABLE, _UNAVAILABLE = "available", "unavailable"


class InstanceChange(BaseModel):
    """New values of an instance's fields. ``expires`` is in Unix seconds, ``capacity`` in pictures."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    capacity: Annotated[int, Field(ge=0)] | None = None
    expires: Number | None = None
    service_type: Annotated[str, AfterValidator(_is_kind)] | None = None
    status: Literal["available", "unavailable"] | None = None
    qps: Annotated[int, Field(gt=0)] | None = None

    def fields(self) -> dict[str, Any]:
        """Return the given values by the names of ``Instance``."""
        given = self.model_dump(exclude_none=True)
        status = given.pop("status", None)
        return given if status is None else given | {"available": status == _AVAILABLE}


def describe_instance(instance: Instance) -> dict[str, Any]:
    """Return the instance's fields by the names that a change has."""
    fields = dataclasses.asdict(instance)
    return fields | {"status": _AVAILABLE if fields.pop("available") else _UNAVAILABLE}


class TaskSettings(BaseModel):
    """How DumpMeta and IncreaseInstance run.

    ``seconds`` is how long a task runs, ``url_seconds`` how long MetaUrl and ErrorUrl are valid. ``fail`` lets the next
    tasks fail, and ``fail_lines`` these lines of increment.meta, counted from 1. ``format`` and ``packing`` are for the
    dump's file, and ``errors`` that of the failed lines: neither form is documented.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    seconds: Annotated[Number, Field(ge=0)] = 1.0
    url_seconds: Annotated[Number, Field(ge=0)] = 2 * 3600.0  # DumpMetaList reference, "MetaUrl"
    fail: bool = False
    format: Literal["json_lines", "json_array", "csv"] = "json_lines"
    packing: Literal["none", "gzip", "zip"] = "none"
    fail_lines: list[Annotated[int, Field(gt=0)]] = []
    errors: Literal["fields", "lines", "text", "unreadable"] = "fields"


_INSTANCE: TypeAdapter[InstanceChange] = TypeAdapter(InstanceChange)
_TASKS: TypeAdapter[TaskSettings] = TypeAdapter(TaskSettings)
_RATES: TypeAdapter[dict[str, float]] = TypeAdapter(dict[str, Annotated[Number, Field(gt=0)]])


def read_instance_change(value: object) -> InstanceChange:
    """Return the change. This and the next two raise ``ValueError`` for an invalid value."""
    return read(_INSTANCE, value, "instance")


def read_task_settings(value: object) -> TaskSettings:
    return read(_TASKS, value, "tasks")


def read_rates(value: object) -> dict[str, float]:
    return read(_RATES, value, "rates")
