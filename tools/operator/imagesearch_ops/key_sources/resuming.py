"""Go on with a source behind what was done, and notice if it has changed."""

from collections.abc import Iterator
from itertools import islice

from imagesearch_ops.buckets.port import ListedObject
from imagesearch_ops.errors import InputError
from imagesearch_ops.terminal_text import printable


def resume(objects: Iterator[ListedObject], last_key: str, count: int, name: str) -> Iterator[ListedObject]:
    """Yield the objects behind the first ``count``. Raise ``InputError`` if the last of these is not ``last_key``."""
    if count:
        last = next(islice(objects, count - 1, None), None)
        if last is None or last.key != last_key:
            raise InputError(
                f"{name} is not what it was: object {count} of it is not {printable(last_key)}. Start a new run."
            )
    yield from objects
