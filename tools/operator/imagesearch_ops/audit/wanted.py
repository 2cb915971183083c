"""Hold the options of ``audit``."""

from pathlib import Path
from typing import NamedTuple

from imagesearch_ops.deployment_options import SHELL, DeploymentOptions
from imagesearch_ops.options import DEFAULT_GRACE


class Wanted(NamedTuple):
    """The options, as they were given. Without a ``url``, the deployment's bucket is meant."""

    url: str | None = None
    dump: Path | None = None
    sample: int | None = None
    known: tuple[Path, ...] = ()
    grace: str = DEFAULT_GRACE
    keys_from: str | None = None
    combined: Path | None = None
    html: Path | None = None
    state: Path | None = None
    deployment: DeploymentOptions = SHELL
