"""Settings: from the environment, once, all faults in one message.

The unit is in the name. Vendor variables keep their vendors' names (``ALIBABA_CLOUD_*``, ``AWS_*``, ``POWERTOOLS_*``).
"""

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator
from pydantic_core import ErrorDetails

from imagesearch_ingest.errors import SettingsError

PREFIX = "INGEST_"

Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/]+")]
Host = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.-]+(:\d+)?$")]
Seconds = Annotated[float, Field(ge=0.1, le=300)]


class Settings(BaseModel):
    """Everything that can be configured. The variable of a field is its name in capitals after ``INGEST_``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    instance_name: Annotated[str, StringConstraints(min_length=1, max_length=20)] = Field(
        description="Name, not id, of the Image Search instance."
    )
    instance_region: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}-[a-z]+(-\d+)?$")] = Field(
        description="Alibaba Cloud region of the instance, such as `ap-southeast-1`."
    )
    queue_url: Url = Field(description="The queue that uploads are announced in.")
    dead_letter_queue_url: Url = Field(description="The queue for what cannot be added.")
    instance_endpoint: Host | None = Field(
        default=None, description="Host of the Image Search API, where it is not the region's public one."
    )
    https_proxy: Url | None = Field(default=None, description="Proxy on the way to Alibaba Cloud.")
    ca_bundle: Path | None = Field(
        default=None, description="PEM file of the authorities trusted on the way to Alibaba Cloud."
    )
    max_source_megabytes: Annotated[float, Field(gt=0, le=1024)] = Field(
        default=64, description="Larger objects are rejected before they are read."
    )
    max_source_megapixels: Annotated[float, Field(gt=0, le=1024)] = Field(
        default=64, description="Pictures with more pixels are rejected before they are decoded."
    )
    fetch_timeout_seconds: Seconds = Field(default=10, description="Longest silence while an object is read.")
    connect_timeout_seconds: Seconds = Field(default=3, description="Longest wait for a connection, to any service.")
    read_timeout_seconds: Seconds = Field(
        default=4, description="Longest silence of Image Search; a call has three requests, each with its own."
    )

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Raises ``SettingsError`` with one line a fault, each naming its variable. An empty value counts as unset."""
        given = {name: value for name, value in environ.items() if name.startswith(PREFIX) and value}
        try:
            return cls.model_validate({name.removeprefix(PREFIX).lower(): value for name, value in given.items()})
        except ValidationError as error:
            raise SettingsError("\n".join(sorted(map(_line, error.errors(include_url=False))))) from None

    @field_validator("ca_bundle")
    @classmethod
    def _is_a_file(cls, path: Path | None) -> Path | None:
        if path is not None and not path.is_file():
            raise ValueError("there is no such file")
        return path


def variable(field: str) -> str:
    """The environment variable of a field."""
    return PREFIX + field.upper()


def _line(fault: ErrorDetails) -> str:
    field = str(fault["loc"][0])
    if fault["type"] == "missing":
        return f"{variable(field)} is not set. {Settings.model_fields[field].description}"
    if fault["type"] == "extra_forbidden":
        close = difflib.get_close_matches(field, Settings.model_fields, n=1)
        return f"{variable(field)} is no setting." + (f" Is {variable(close[0])} meant?" if close else "")
    return f"{variable(field)} is {fault['input']!r}: {fault['msg'].removeprefix('Value error, ')}"
