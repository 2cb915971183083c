"""Keep libtiff from writing to standard error, past Python and its logging.

libtiff prints a line for every unknown tag: hundreds for one odd file. Pillow reports the errors that matter as
exceptions. The handler belongs to the process: it is removed once, which is safe with threads.
"""

import ctypes
import os
from contextlib import suppress
from functools import cache
from pathlib import Path

_MAPS = Path("/proc/self/maps")
_COLUMNS_BEFORE_PATH = 5  # proc(5): address, permissions, offset, device, inode


@cache
def silence_libtiff() -> None:
    """Remove libtiff's error handler.

    Do nothing if the library that Pillow loaded cannot be found: not on Linux, or linked statically.
    """
    if not _MAPS.exists():
        return
    for path in _find_libraries(_MAPS.read_bytes()):
        with suppress(OSError):  # it cannot be opened again: its lines on standard error are better than no image
            set_handler = getattr(ctypes.CDLL(path), "TIFFSetErrorHandler", None)
            if set_handler is not None:
                set_handler.restype = ctypes.c_void_p
                set_handler(None)


def _find_libraries(maps: bytes) -> set[str]:
    """Return the paths of libtiff in a list of mapped files. A path may contain blanks and any other character."""
    columns = (line.split(maxsplit=_COLUMNS_BEFORE_PATH) for line in maps.splitlines())
    paths = (os.fsdecode(found[-1]) for found in columns if len(found) > _COLUMNS_BEFORE_PATH)
    return {path for path in paths if "libtiff" in Path(path).name}
