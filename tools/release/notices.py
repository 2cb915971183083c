"""THIRD-PARTY-NOTICES.txt: the licences of everything that a release contains or installs, with their texts."""

from collections.abc import Iterable, Iterator, Mapping

from release.licences import choose
from release.shipped import Library, Package, stored

HEAD = """\
Third-party notices for imagesearch-ingest {version}

imagesearch-ingest is under the Apache License 2.0 (LICENSE). This file names the packages that its layers contain, and
those that its container and its wheel install, with the licence texts that the packages bring along. Below each package
stand the libraries inside it. The bill of materials (sbom.cdx.json) says which part contains which package.

The libraries under the LGPL are in shared objects of their own, such as libvips. You may replace these by other builds.
Their source code is at the address below each. libvips and the libraries inside it are built by
https://github.com/kleisauke/libvips-packaging.
"""
LINE, THIN = "=" * 100, "-" * 100


def write_notices(packages: Iterable[Package], version: str) -> str:
    """Return the notices. A text that several have is printed once, where it is first needed."""
    printed: dict[str, str] = {}
    parts = [HEAD.format(version=version)]
    named: set[str] = set()
    for package in packages:
        parts += _package(package, printed)
        named |= {name for library in package.libraries if not library.text for name in choose(library.licence)}
    return "\n".join([*parts, *_texts_by_name(named, printed)]) + "\n"


def _package(package: Package, printed: dict[str, str]) -> Iterator[str]:
    title = f"{package.name} {package.version}"
    yield f"{LINE}\n{title}\nLicence: {package.licence}\n{package.homepage}\n{LINE}\n"
    yield from _texts(package.texts, title, printed)
    yield from _by_name([library for library in package.libraries if not library.text], title)
    for library in package.libraries:
        if library.text:
            inside = f"{_title(library)}, inside {title}"
            yield f"{THIN}\n{inside}\nLicence: {library.licence}\nSource: {library.source}\n{THIN}\n"
            yield from _texts({"licence": library.text}, inside, printed)


def _texts(texts: Mapping[str, str], owner: str, printed: dict[str, str]) -> Iterator[str]:
    for name, text in texts.items():
        before = printed.setdefault(text.strip(), f"{owner}, {name}")
        yield f"[{name}]\n" if before == f"{owner}, {name}" else f"[{name}] The text is the same as that of {before}.\n"
        if before == f"{owner}, {name}":
            yield text.strip() + "\n"


def _by_name(libraries: list[Library], owner: str) -> Iterator[str]:
    if libraries:
        yield f"Compiled into {owner}, as its bill of materials says. The texts of these licences are at the end.\n"
        yield "\n".join(f"  {_title(library)}: {library.licence}" for library in libraries) + "\n"


def _texts_by_name(names: set[str], printed: dict[str, str]) -> Iterator[str]:
    """Yield the texts of licences that are only named. An exception only adds to what its licence grants."""
    for name in sorted({name.partition(" WITH ")[0] for name in names}):
        yield f"{LINE}\nText of the licence {name}\n{LINE}\n"
        yield from _texts({name: stored(name)}, "SPDX", printed)


def _title(library: Library) -> str:
    return f"{library.name} {library.version}".strip()
