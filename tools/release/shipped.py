"""What a release contains: packages with their libraries, licences and texts, checked against known.toml."""

import fnmatch
import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from release.distributions import Distribution
from release.faults import ReleaseError
from release.licences import find_licence, refuse_unwanted

FOLDER = Path(__file__).parent
TEXTS = FOLDER / "texts"
FIELDS = ("License-Expression", "License", "Classifier")


@dataclass(frozen=True)
class Library:
    """A library inside a package: native code, or a crate. ``text`` is empty where only the licence's name is known."""

    name: str
    version: str
    licence: str
    text: str = field(repr=False)
    source: str
    purl: str


@dataclass(frozen=True)
class Package:
    """A package of a release, with the licence texts by the names of their files."""

    name: str
    version: str
    licence: str
    texts: dict[str, str] = field(repr=False)
    homepage: str
    libraries: tuple[Library, ...]


class Known:
    """The facts of known.toml. ``unused`` are those that no package of the release needed."""

    def __init__(self, facts: dict[str, dict[str, Any]]) -> None:
        self._facts = facts
        self.unused = {(table, name) for table, rows in facts.items() for name in rows}

    @classmethod
    def read(cls) -> "Known":
        return cls(tomllib.loads((FOLDER / "known.toml").read_text(encoding="utf-8")))

    def find(self, table: str, name: str) -> Any:  # noqa: ANN401 - as the table has it
        self.unused.discard((table, name))
        return self._facts[table].get(name)


def describe(distributions: Iterable[Distribution], known: Known) -> dict[tuple[str, str], Package]:
    """Return the packages by name and version. Raise ReleaseError if one lacks a licence, a text or a known library."""
    found = {(one.name, one.version): one for one in distributions}
    texts = {one.name: "\n".join([*one.texts.values(), *one.texts_outside.values()]) for one in found.values()}
    packages = {key: _package(one, known, texts) for key, one in sorted(found.items())}
    if known.unused:
        table, name = min(known.unused)
        raise ReleaseError(f"tools/release/known.toml has an entry that nothing needs: {name} in [{table}]. Remove it.")
    return packages


def _package(one: Distribution, known: Known, texts: dict[str, str]) -> Package:
    licence = _licence(one, known)
    refuse_unwanted(f"{one.name} {one.version}", licence)
    libraries = (*_crates(one), *_inside(one, known, texts))
    for library in libraries:
        refuse_unwanted(f"{library.name} in {one.name} {one.version}", library.licence)
    return Package(one.name, one.version, licence, _own_texts(one, known), _homepage(one), libraries)


def _homepage(one: Distribution) -> str:
    """Return the first address that the metadata name, preferably of the source."""
    named = [line.partition(", ")[::2] for line in one.metadata.get_all("Project-URL", [])]
    urls = {label.lower().replace(" ", ""): url for label, url in named}
    preferred = [urls[label] for label in ("source", "sourcecode", "repository", "github", "homepage") if label in urls]
    return next(iter([*preferred, *one.metadata.get_all("Home-page", []), *urls.values()]), "")


def _licence(one: Distribution, known: Known) -> str:
    stated = find_licence({name: one.metadata.get_all(name, []) for name in FIELDS})
    if licence := stated or known.find("licence", one.name):
        return str(licence)
    raise ReleaseError(
        f"{one.name} {one.version} does not say its licence in SPDX's words. Read its text, and add it to [licence] in "
        "tools/release/known.toml."
    )


def _own_texts(one: Distribution, known: Known) -> dict[str, str]:
    if any(word in PurePosixPath(name).name.lower() for name in one.texts for word in ("licen", "copying")):
        return one.texts | one.texts_outside
    if name := known.find("text", one.name):
        return {f"{name} (the wheel has no licence file)": stored(name)}
    raise ReleaseError(
        f"{one.name} {one.version} has no licence text in its wheel. Find the text in its repository, store it in "
        "tools/release/texts, and name it in [text] in tools/release/known.toml."
    )


def _inside(one: Distribution, known: Known, texts: dict[str, str]) -> Iterator[Library]:
    facts = known.find("inside", one.name)
    if facts is None:
        if found := [*one.native, *one.texts_outside]:
            raise ReleaseError(
                f"{one.name} {one.version} has compiled code, or a licence of something inside it ({min(found)}). "
                "Find out what is inside, and add it to [inside] in tools/release/known.toml."
            )
        return
    if facts.get("checked", one.version) != one.version:
        raise ReleaseError(
            f"{one.name} is {one.version}, and tools/release/known.toml knows the libraries of {facts['checked']}. "
            "Compare them, then set `checked`."
        )
    rows = facts.get("libraries", [])
    _refuse_unknown_files(one, [pattern for row in rows for pattern in row.get("files", [])])
    versions = _stated_versions(one)
    for row in rows:
        version = row.get("version", versions.get(row.get("bom"), ""))
        text = _text(row["text"], one.name, texts)
        yield Library(row["name"], version, row["licence"], text, row["source"], _purl(row["name"], version))


def _refuse_unknown_files(one: Distribution, patterns: list[str]) -> None:
    """Raise ReleaseError if known.toml lacks a library that was copied into the wheel (by auditwheel, to NAME.libs)."""
    for path in map(PurePosixPath, one.native):
        copied = path.parent.name.endswith(".libs")
        if copied and not any(fnmatch.fnmatch(path.name, pattern) for pattern in patterns):
            raise ReleaseError(f"{one.name} {one.version} contains {path.name}, which tools/release/known.toml lacks.")


def _components(one: Distribution) -> Iterator[dict[str, Any]]:
    for data in one.boms.values():
        yield from json.loads(data).get("components", [])


def _stated_versions(one: Distribution) -> dict[str, str]:
    return {row["name"]: row["version"] for row in _components(one) if row.get("version")}


def _crates(one: Distribution) -> Iterator[Library]:
    """Yield what the wheel's own bills of materials list with a purl: crates of Rust, and OpenSSL."""
    for row in _components(one):
        kind = row.get("purl", "").partition("/")[0]
        if kind in ("pkg:cargo", "pkg:generic"):
            licence = " AND ".join(_expressions(row)) or OPENSSL[row["name"]]
            purl = row["purl"].partition("?")[0]
            source = row["purl"].partition("download_url=")[2]
            yield Library(row["name"], row["version"], licence, "", source if source.startswith("https:") else "", purl)


OPENSSL = {"openssl": "Apache-2.0"}  # cryptography's bill does not say it; OpenSSL 3 and later: LICENSE.txt


def _expressions(row: dict[str, Any]) -> list[str]:
    return [one["expression"] if "expression" in one else one["license"]["id"] for one in row.get("licenses") or []]


def _purl(name: str, version: str) -> str:
    return f"pkg:generic/{name}" + (f"@{version}" if version else "")


def _text(named: str, owner: str, texts: dict[str, str]) -> str:
    """Return a text that known.toml names: a stored one, a package's own, or the part of that below a heading."""
    package, _, heading = named.partition(": ")
    package = owner if package == "wheel" else package
    if heading:
        return _section(texts[package], heading, package)
    return texts[package] if named == "wheel" else stored(named)


def _section(text: str, heading: str, package: str) -> str:
    found = re.search(rf"^----+\n+{re.escape(heading)}\n(.*?)(?=^----\n+[A-Z]|\Z)", text, re.MULTILINE | re.DOTALL)
    if not found:
        raise ReleaseError(f"The licence text of {package} has no part {heading}. Correct tools/release/known.toml.")
    return found[1].strip() + "\n"


def stored(name: str) -> str:
    return (TEXTS / f"{name}.txt").read_text(encoding="utf-8")
