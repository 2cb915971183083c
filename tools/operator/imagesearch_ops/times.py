"""Read times and durations as people write them."""

import re
from datetime import UTC, datetime

from imagesearch_ops.errors import InputError
from imagesearch_ops.terminal_text import printable

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)([smhd]?)", re.ASCII)


def read_time(text: str) -> datetime | None:
    """Return the time, in UTC unless the text says otherwise, or ``None`` if it is none."""
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def read_duration(option: str, text: str) -> float:
    """Return the seconds of a duration such as ``90s``, ``10m``, ``1h`` or ``2d``. A number alone is in seconds.

    Raise ``InputError``, which names the option.
    """
    found = _DURATION.fullmatch(text.strip())
    if not found:
        raise InputError(f"{option} {printable(text)}: not a duration. Write it as 90s, 10m, 1h or 2d.")
    return float(found[1]) * _SECONDS[found[2] or "s"]
