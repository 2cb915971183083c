"""Import what an optional part of the installation brings, or say how to install that part (ADR 40)."""

import importlib.util
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from imagesearch_ops.errors import InputError
from imagesearch_ops.shell import quote

_NAME = "imagesearch-ingest"
_OURS = {"imagesearch_ingest", "imagesearch_ops", "local_cloud"}


class Extra(StrEnum):
    """An optional part, by its name in pyproject.toml."""

    LOCAL = "local"
    ALIBABA = "alibaba"


_CONTENT = {Extra.LOCAL: "the local cloud", Extra.ALIBABA: "the SDKs of OSS and SMQ"}


@contextmanager
def needing(extra: Extra) -> Iterator[None]:
    """Raise ``InputError`` with the command to type if the block imports a package that is not installed."""
    try:
        yield
    except ModuleNotFoundError as error:
        if not error.name or error.name.partition(".")[0] in _OURS:
            raise
        raise InputError(f"this needs {_CONTENT[extra]}. Install it: {_compose_command(extra)}") from None


def _compose_command(extra: Extra) -> str:
    """Return the command that installs this program again, with the extra, in the way it was installed."""
    url = _find_source()
    wanted = quote(f"{_NAME}[{extra}] @ {url}" if url else f"{_NAME}[{extra}]")
    if Path(sys.prefix, "pipx_metadata.json").exists():
        return f"pipx install --force {wanted}"
    if importlib.util.find_spec("pip"):
        return f"{quote(sys.executable)} -m pip install {wanted}"
    return f"uv tool install {wanted}"


def _find_source() -> str | None:
    """Return the URL of the wheel that was installed, if it came from no index (PEP 610)."""
    try:
        recorded = distribution(_NAME).read_text("direct_url.json")
    except PackageNotFoundError:
        return None
    url: str | None = json.loads(recorded)["url"] if recorded else None
    return url
