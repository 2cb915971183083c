"""Hold the options of ``backfill``."""

from pathlib import Path
from typing import NamedTuple

from imagesearch_ops.backfill.engine_name import EngineName
from imagesearch_ops.deployment_options import SHELL, DeploymentOptions


class Wanted(NamedTuple):
    """The options, as they were given."""

    url: str
    engine: EngineName = EngineName.AUTO
    since: str | None = None
    keys_from: str | None = None
    max_objects: int | None = None
    max_errors: int = 100
    max_wait: str = "10m"
    rate: float | None = None
    staging: str | None = None
    state: Path | None = None
    resume: str | None = None
    yes: bool = False
    deployment: DeploymentOptions = SHELL
