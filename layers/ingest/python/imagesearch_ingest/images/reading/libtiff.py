"""Keep libtiff from writing to file descriptor 2, past Python and its logging.

It prints a line for every tag it does not know: hundreds for one odd file. What matters of it Pillow reports by an
exception. The handler is the process's: it is taken away once, which is safe among threads and changes nothing else.
"""

import ctypes
from functools import cache
from pathlib import Path

_MAPS = Path("/proc/self/maps")


@cache
def silence() -> None:
    """Does nothing where the library Pillow has loaded cannot be found (no Linux, or linked statically)."""
    if not _MAPS.exists():
        return
    for path in {line.split()[-1] for line in _MAPS.read_text().splitlines() if "libtiff" in line}:
        set_handler = getattr(ctypes.CDLL(path), "TIFFSetErrorHandler", None)
        if set_handler is not None:
            set_handler.restype = ctypes.c_void_p
            set_handler(None)
