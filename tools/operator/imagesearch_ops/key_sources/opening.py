"""Open the source of keys that the options name."""

from pathlib import Path

from imagesearch_ops.bucket_urls import is_bucket_url
from imagesearch_ops.buckets.opening import Place
from imagesearch_ops.deployment import Deployment
from imagesearch_ops.errors import InputError
from imagesearch_ops.key_sources.inventory.manifest import MANIFEST, is_manifest
from imagesearch_ops.key_sources.key_file import KeyFile
from imagesearch_ops.key_sources.lines import describe, is_read_twice
from imagesearch_ops.key_sources.listing import Listing
from imagesearch_ops.key_sources.port import KeySource
from imagesearch_ops.key_sources.since import read_since
from imagesearch_ops.terminal_text import printable

_BEGINNING = 65_536  # bytes, in which a manifest shows what it is


def open_keys(keys_from: str | None, since: str | None, place: Place, deployment: Deployment) -> KeySource:
    """Return the source. Raise ``InputError`` for options that cannot be obeyed, and for files that cannot be read."""
    name = "the listing" if keys_from is None else describe(keys_from)
    begin = read_since(since, name) if since is not None else None
    if keys_from is None:
        return Listing(place, begin)
    if not keys_from or (keys_from != "-" and Path(keys_from).is_dir()):
        raise InputError(f"--keys-from {name or '(nothing)'}: name a file, a {MANIFEST}, or - for standard input.")
    if _is_inventory(keys_from):
        from imagesearch_ops.key_sources.inventory.source import open_inventory  # noqa: PLC0415 - the SDKs take long

        return open_inventory(keys_from, begin, place, deployment)
    file = KeyFile(keys_from, place, begin)
    file.check()
    return file


def _is_inventory(keys_from: str) -> bool:
    if is_bucket_url(keys_from):
        if not is_manifest(keys_from, b""):
            raise InputError(
                f"--keys-from {printable(keys_from)}: of a bucket, only the {MANIFEST} of an inventory is read."
            )
        return True
    return is_read_twice(keys_from) and is_manifest(keys_from, _read_beginning(Path(keys_from)))


def _read_beginning(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_BEGINNING)
    except OSError as error:
        raise InputError(f"{printable(str(path))}: {error.strerror}") from None
