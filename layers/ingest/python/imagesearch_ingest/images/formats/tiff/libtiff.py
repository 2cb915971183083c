"""Keep libtiff from writing to standard error, past Python and its logging.

libtiff prints a line for every unknown tag: hundreds for one odd file. Pillow reports the errors that matter as
exceptions. The handler belongs to the process: it is removed once, which is safe with threads.
"""

import ctypes
from functools import cache
from pathlib import Path

_MAPS = Path("/proc/self/maps")


@cache
def silence_libtiff() -> None:
    """Remove libtiff's error handler.

    Do nothing if the library that Pillow loaded cannot be found: not on Linux, or linked statically.
    """
    if not _MAPS.exists():
        return
    for path in {line.split()[-1] for line in _MAPS.read_text().splitlines() if "libtiff" in line}:
        set_handler = getattr(ctypes.CDLL(path), "TIFFSetErrorHandler", None)
        if set_handler is not None:
            set_handler.restype = ctypes.c_void_p
            set_handler(None)
