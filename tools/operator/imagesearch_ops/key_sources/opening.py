"""Open the source of keys that the options name."""

from pathlib import Path

from imagesearch_ops.buckets.opening import Place
from imagesearch_ops.deployment import Deployment
from imagesearch_ops.errors import InputError
from imagesearch_ops.key_sources.key_file import KeyFile
from imagesearch_ops.key_sources.lines import describe
from imagesearch_ops.key_sources.listing import Listing
from imagesearch_ops.key_sources.port import KeySource
from imagesearch_ops.key_sources.since import read_since


def open_keys(keys_from: str | None, since: str | None, place: Place, deployment: Deployment) -> KeySource:  # noqa: ARG001
    """Return the source. Raise ``InputError`` for options that cannot be obeyed, and for lines that cannot be read."""
    name = "the listing" if keys_from is None else describe(keys_from)
    begin = read_since(since, name) if since is not None else None
    if keys_from is None:
        return Listing(place, begin)
    if not keys_from or (keys_from != "-" and Path(keys_from).is_dir()):
        raise InputError(f"--keys-from {name or '(nothing)'}: name a file, a manifest.json, or - for standard input.")
    file = KeyFile(keys_from, place, begin)
    file.check()
    return file
