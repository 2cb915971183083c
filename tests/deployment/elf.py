"""Read from a shared object what it requires of the machine that loads it.

Sources: System V ABI, "Sections" and "Symbol versioning" (the GNU extension for the versions of glibc).
"""

import struct
from collections.abc import Iterator
from pathlib import Path

X86_64 = 62  # e_machine (elf.h, EM_X86_64)
MAGIC = b"\x7fELF"
_LITTLE_ENDIAN_64 = b"\x02\x01"
_VERSIONS_NEEDED = 0x6FFFFFFE  # sh_type (elf.h, SHT_GNU_verneed)

Version = tuple[int, ...]


def shared_objects(folder: Path) -> list[Path]:
    """Return the shared objects in a folder, by their first bytes."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in files if path.read_bytes().startswith(MAGIC))


def machine(path: Path) -> int:
    return int(struct.unpack_from("<H", path.read_bytes(), 18)[0])


def newest(path: Path, prefix: str) -> Version:
    """Return the newest required version with this prefix, such as (2, 17) for GLIBC_; (0,) if there is none."""
    found = [name.removeprefix(prefix) for name in _needed(path.read_bytes()) if name.startswith(prefix)]
    return max((tuple(map(int, one.split("."))) for one in found if one[0].isdigit()), default=(0,))


def _needed(data: bytes) -> Iterator[str]:
    assert data[4:6] == _LITTLE_ENDIAN_64
    (offset,), (size, count) = struct.unpack_from("<Q", data, 40), struct.unpack_from("<HH", data, 58)
    # Fields of a section: name, type, flags, address, offset, size, link, info.
    sections = [struct.unpack_from("<IIQQQQII", data, offset + number * size) for number in range(count)]
    for section in sections:
        if section[1] == _VERSIONS_NEEDED:
            names = sections[section[6]][4]
            yield from (_text(data, names + at) for at in _name_offsets(data, section[4], section[7]))


def _name_offsets(data: bytes, library: int, libraries: int) -> Iterator[int]:
    """Yield the offsets of the version names. Libraries form a chain, and so do the versions of each library."""
    for _ in range(libraries):
        _, versions, _, first, following = struct.unpack_from("<HHIII", data, library)
        version = library + first
        for _ in range(versions):
            _, _, _, name, after = struct.unpack_from("<IHHII", data, version)
            yield name
            version += after
        library += following


def _text(data: bytes, start: int) -> str:
    return data[start : data.index(b"\0", start)].decode()
