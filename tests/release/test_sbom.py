"""The bill of materials follows CycloneDX's schema, and is the same for the same commit."""

import json
from email.message import Message
from pathlib import Path

import pytest

from release.commit import Commit
from release.contents import Content
from release.distributions import Distribution
from release.faults import ReleaseError
from release.origins import Origin
from release.sbom import write_sbom
from release.shipped import Library, Package

COMMIT = Commit(Path(), "a" * 40, 1_796_000_000, "1.2.3")
SOME = Distribution("some", "1.0", Message(), frozenset(), {}, {}, {}, {})


def library(licence: str = "Zlib") -> Library:
    return Library("zlib", "1.3", licence, "text", "https://example.com/zlib", "pkg:generic/zlib@1.3")


def write(folder: Path, *, licence: str = "MIT OR Apache-2.0", inside: Library | None = None) -> str:
    part = folder / "layer.zip"
    part.write_bytes(b"layer")
    package = Package("some", "1.0", licence, {}, "https://example.com", (inside or library(),))
    content = Content(SOME, Origin("some-1.0-py3-none-any.whl", "b" * 64), ("layer.zip",))
    return write_sbom(COMMIT, [part], [content], {("some", "1.0"): package})


def test_a_part_depends_on_its_packages_and_they_on_libraries_inside(tmp_path: Path) -> None:
    bill = json.loads(write(tmp_path))
    edges = {row["ref"]: row.get("dependsOn", []) for row in bill["dependencies"]}
    package = "pkg:pypi/some@1.0?file_name=some-1.0-py3-none-any.whl"
    assert edges["pkg:pypi/imagesearch-ingest@1.2.3"] == ["layer.zip"]
    assert edges["layer.zip"] == [package]
    assert edges[package] == ["pkg:pypi/some@1.0#pkg:generic/zlib@1.3"]


def test_a_package_has_its_facts(tmp_path: Path) -> None:
    rows = {row["name"]: row for row in json.loads(write(tmp_path))["components"]}
    assert rows["some"]["licenses"] == [{"expression": "MIT OR Apache-2.0"}]
    assert rows["some"]["hashes"] == [{"alg": "SHA-256", "content": "b" * 64}]
    assert rows["zlib"]["licenses"] == [{"license": {"id": "Zlib"}}]
    assert rows["layer.zip"]["hashes"][0]["content"] == (
        "dac1d7cfa95021764849fd102524e141488c5e3a90f861dbb5a12d9ac8584f85"
    )


def test_time_and_serial_number_follow_from_the_commit(tmp_path: Path) -> None:
    first, second = write(tmp_path), write(tmp_path)
    assert first == second
    bill = json.loads(first)
    assert (bill["specVersion"], bill["metadata"]["timestamp"]) == ("1.6", "2026-11-30T00:53:20+00:00")
    assert bill["serialNumber"].startswith("urn:uuid:")


def test_a_bill_that_breaks_the_schema_stops_the_release(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="does not follow CycloneDX's schema"):
        write(tmp_path, inside=library("No-Such-Licence"))
