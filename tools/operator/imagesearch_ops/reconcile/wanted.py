"""Hold the options of ``reconcile``."""

from pathlib import Path
from typing import NamedTuple

from imagesearch_ops.deployment_options import SHELL, DeploymentOptions
from imagesearch_ops.options import DEFAULT_GRACE


class Wanted(NamedTuple):
    """The options, as they were given. Without ``audit``, which is a run or its folder, an audit is made."""

    audit: str | None = None
    adds_only: bool = False
    allow_deletes: int | None = None
    delete_unmade: int | None = None
    retry_rejected: bool = False
    known: tuple[Path, ...] = ()
    grace: str = DEFAULT_GRACE
    state: Path | None = None
    yes: bool = False
    deployment: DeploymentOptions = SHELL
