"""The Python packages of the parts, as their dist-info folders describe them."""

import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import Message
from email.parser import Parser
from pathlib import Path, PurePosixPath

from packaging.tags import Tag, parse_tag
from packaging.utils import canonicalize_name

TEXTS = ("licen", "copying", "notice", "copyright")
ELF = b"\x7fELF"


@dataclass(frozen=True)
class Distribution:
    """One package as it stands in one part.

    ``tags`` say which wheel it came from, ``texts`` are its licence files by name, ``texts_outside`` those of packages
    that it has copied, ``boms`` its bills of materials (PEP 770), and ``native`` the compiled files that it installed.
    """

    name: str
    version: str
    metadata: Message
    tags: frozenset[Tag]
    texts: dict[str, str] = field(repr=False)
    texts_outside: dict[str, str] = field(repr=False)
    boms: dict[str, bytes] = field(repr=False)
    native: dict[str, bytes] = field(repr=False)


def read_zip(archive: Path) -> list[Distribution]:
    """Return the packages in a layer's zip, sorted by name."""
    with zipfile.ZipFile(archive) as opened:
        return list(_distributions(opened.namelist(), opened.read))


def read_folder(folder: Path) -> list[Distribution]:
    """Return the packages installed in ``folder``, sorted by name."""
    names = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    return list(_distributions(names, lambda name: (folder / name).read_bytes()))


def _distributions(names: list[str], read: Callable[[str], bytes]) -> Iterator[Distribution]:
    present = set(names)
    for metadata in sorted(name for name in names if name.endswith(".dist-info/METADATA")):
        info = metadata.removesuffix("METADATA")
        inside = sorted(name.removeprefix(info) for name in names if name.startswith(info))
        parsed = _parse(read(metadata))
        installed = _recorded(read(info + "RECORD"), str(PurePosixPath(info).parent))
        others = [name for name in installed if name in present and _is_text_outside(name)]
        yield Distribution(
            canonicalize_name(parsed["Name"]),
            parsed["Version"],
            parsed,
            frozenset(tag for line in _parse(read(info + "WHEEL")).get_all("Tag", []) for tag in parse_tag(line)),
            {name: _text(read(info + name)) for name in inside if _is_text(name)},
            {name: _text(read(name)) for name in others},
            {name: read(info + name) for name in inside if name.startswith("sboms/")},
            {
                name: data
                for name in installed
                if name in present and ".so" in PurePosixPath(name).name and (data := read(name)).startswith(ELF)
            },
        )


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace").replace("\r\n", "\n")


def _parse(data: bytes) -> Message:
    return Parser().parsestr(data.decode("utf-8"))


def _recorded(record: bytes, root: str) -> list[str]:
    """Return the files that RECORD lists."""
    names = [line.rsplit(",", 2)[0] for line in record.decode("utf-8").splitlines()]
    return sorted(str(PurePosixPath(root) / name) for name in names)


def _is_text(name: str) -> bool:
    path = PurePosixPath(name)
    return path.parts[0] == "licenses" or any(word in path.name.lower() for word in TEXTS)


def _is_text_outside(name: str) -> bool:
    """Return whether a file beside the code looks like the licence of something inside the package."""
    path = PurePosixPath(name)
    outside = not any(part.endswith(".dist-info") for part in path.parts)
    return outside and path.name.lower().startswith(TEXTS) and path.suffix.lower() in ("", ".txt", ".md", ".rst")
