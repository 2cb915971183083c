"""Name the function that is deployed on each cloud: the folder of its code, and its runtime."""

from pathlib import Path
from typing import NamedTuple

from local_cloud.runtimes.function import FUNCTION_COMPUTE, LAMBDA, Runtime

_TOOLS = Path(__file__).parents[2]  # of a clone; else the folder that the wheel was installed to


class Handler(NamedTuple):
    """A function's folder and runtime."""

    root: Path
    runtime: Runtime


def find_handler(cloud: str) -> Handler:
    """Return the handler of ``aws`` or ``alibaba``."""
    return (
        Handler(_find_folder("ingest_oss"), FUNCTION_COMPUTE)
        if cloud == "alibaba"
        else Handler(_find_folder("ingest_s3"), LAMBDA)
    )


def _find_folder(name: str) -> Path:
    """Return the folder of a clone, whose code is deployed, or else the copy in the wheel."""
    deployed = _TOOLS.parent / "functions" / name
    return deployed if deployed.is_dir() else _TOOLS / "local_cloud" / "functions" / name
