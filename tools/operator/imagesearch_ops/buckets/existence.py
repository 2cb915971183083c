"""Say what a bucket's answers prove about an object, more strictly than the function does.

An entry may be called orphaned, and be deleted, because of them. So a key is gone only if HEAD says 404 and GET says
``NoSuchKey``: a HEAD has no body, and a missing bucket answers it with 404 as well. The function also believes a
listing if GET is refused. Here it does not count: a policy that hides keys hides them from the listing, too.
"""

from collections.abc import Callable
from typing import NamedTuple

_NOT_FOUND = 404


class Existence(NamedTuple):
    """What the bucket says of a key now. ``is_there`` is ``None`` if it does not say, and ``why`` tells why.

    ``last_modified`` is in Unix seconds.
    """

    is_there: bool | None
    last_modified: float | None = None
    why: str = ""


GONE = Existence(is_there=False)
Ask = Callable[[str], Existence]


def conclude(status: int, *, is_missing: bool) -> Existence | None:
    """Return what a refused HEAD and the error of a GET say together, or ``None`` if the GET's error decides."""
    if not is_missing:
        return None
    return GONE if status == _NOT_FOUND else Existence(None, why=f"HEAD answers {status}, but GET says there is no key")
