"""A package without licence, text or known libraries stops a release."""

import json
from pathlib import Path
from typing import Any

import pytest

from release.distributions import Distribution, read_folder
from release.faults import ReleaseError
from release.notices import write_notices
from release.shipped import Known, Package, describe

ELF = b"\x7fELF rest"


class Installed:
    """A folder of installed packages."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, name: str, metadata: str = "License-Expression: MIT\n", **files: bytes) -> None:
        info = self.folder / f"{name}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\n{metadata}", encoding="utf-8"
        )
        (info / "WHEEL").write_text("Wheel-Version: 1.0\nTag: py3-none-any\n", encoding="utf-8")
        for path, data in files.items():
            (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / path).write_bytes(data)
        record = "".join(f"{path},sha256=abc,1\n" for path in files)
        (info / "RECORD").write_text(record, encoding="utf-8")

    def read(self) -> list[Distribution]:
        return read_folder(self.folder)


@pytest.fixture
def installed(tmp_path: Path) -> Installed:
    return Installed(tmp_path / "python")


def known(**tables: Any) -> Known:
    return Known({"licence": {}, "text": {}, "inside": {}} | tables)


def only(installed: Installed, **tables: Any) -> Package:
    (package,) = describe(installed.read(), known(**tables)).values()
    return package


def refusal(installed: Installed, **tables: Any) -> str:
    with pytest.raises(ReleaseError) as caught:
        describe(installed.read(), known(**tables))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_package_is_described(installed: Installed) -> None:
    files = {"some-1.0.dist-info/licenses/LICENSE": b"Do as you like", "some-1.0.dist-info/NOTICE": b"By me"}
    installed.add("some", "License: MIT\nProject-URL: Source, https://example.com/some\n", **files)
    package = only(installed)
    assert (package.name, package.version, package.licence) == ("some", "1.0", "MIT")
    assert package.texts == {"licenses/LICENSE": "Do as you like", "NOTICE": "By me"}
    assert package.homepage == "https://example.com/some"


def test_a_missing_text_stops_the_release(installed: Installed) -> None:
    installed.add("some")
    assert refusal(installed).startswith("some 1.0 has no licence text in its wheel.")


def test_authors_are_no_text(installed: Installed) -> None:
    installed.add("some", **{"some-1.0.dist-info/licenses/AUTHORS": b"Me"})
    assert refusal(installed).startswith("some 1.0 has no licence text in its wheel.")


def test_a_stored_text_takes_its_place(installed: Installed) -> None:
    installed.add("some")
    ((name, text),) = only(installed, text={"some": "MIT"}).texts.items()
    assert name == "MIT (the wheel has no licence file)"
    assert "Permission is hereby granted, free of charge" in text


def test_a_licence_that_nobody_stated_stops_the_release(installed: Installed) -> None:
    installed.add("some", "License: BSD\n", **{"some-1.0.dist-info/LICENSE": b"text"})
    assert refusal(installed).startswith("some 1.0 does not say its licence in SPDX's words.")
    assert only(installed, licence={"some": "BSD-3-Clause"}).licence == "BSD-3-Clause"


def test_the_gpl_stops_the_release(installed: Installed) -> None:
    installed.add("some", "License-Expression: GPL-3.0-only\n", **{"some-1.0.dist-info/LICENSE": b"text"})
    assert refusal(installed).startswith("some 1.0 has the licence GPL-3.0-only, which a release may not contain.")


def test_a_fact_that_nothing_needs_stops_the_release(installed: Installed) -> None:
    installed.add("some", **{"some-1.0.dist-info/LICENSE": b"text"})
    assert "has an entry that nothing needs: some in [licence]" in refusal(installed, licence={"some": "MIT"})
    assert "has an entry that nothing needs: other in [inside]" in refusal(installed, inside={"other": {}})


def add_native(installed: Installed, *libraries: str) -> None:
    files = {"some/code.abi3.so": ELF} | {f"some.libs/{name}": ELF for name in libraries}
    installed.add(
        "some", **files, **{"some-1.0.dist-info/LICENSE": b"All\n\n----\n\nPNG\n\nFree\n\n----\n\nTIFF\n\nToo\n"}
    )


PNG = {
    "name": "png",
    "files": ["libpng-*"],
    "licence": "libpng-2.0",
    "text": "wheel: PNG",
    "source": "https://example.com",
}


def test_compiled_code_must_be_known(installed: Installed) -> None:
    add_native(installed)
    assert "some 1.0 has compiled code, or a licence of something inside it (some/code.abi3.so)" in refusal(installed)
    assert only(installed, inside={"some": {}}).libraries == ()


def test_a_copied_package_must_be_known(installed: Installed) -> None:
    files = {"some/_click/LICENSE.txt": b"Click's text", "some/licence.py": b"code"}
    installed.add("some", **files, **{"some-1.0.dist-info/LICENSE": b"text"})
    assert "a licence of something inside it (some/_click/LICENSE.txt)" in refusal(installed)
    click = {"name": "click", "licence": "BSD-3-Clause", "text": "wheel", "source": "https://example.com"}
    package = only(installed, inside={"some": {"checked": "1.0", "libraries": [click]}})
    assert package.texts == {"LICENSE": "text", "some/_click/LICENSE.txt": "Click's text"}
    assert [library.name for library in package.libraries] == ["click"]


def test_a_library_inside_must_be_known(installed: Installed) -> None:
    add_native(installed, "libpng-1.so.16", "libtiff-2.so.6")
    facts = {"some": {"checked": "1.0", "libraries": [PNG]}}
    assert "some 1.0 contains libtiff-2.so.6, which" in refusal(installed, inside=facts)


def test_a_library_has_the_text_below_its_heading(installed: Installed) -> None:
    add_native(installed, "libpng-1.so.16")
    (library,) = only(installed, inside={"some": {"checked": "1.0", "libraries": [PNG]}}).libraries
    assert (library.name, library.licence, library.text) == ("png", "libpng-2.0", "Free\n")


def test_a_missing_heading_stops_the_release(installed: Installed) -> None:
    add_native(installed, "libpng-1.so.16")
    facts = {"checked": "1.0", "libraries": [PNG | {"text": "wheel: GIF"}]}
    assert "The licence text of some has no part GIF." in refusal(installed, inside={"some": facts})


def test_another_version_has_to_be_looked_at(installed: Installed) -> None:
    add_native(installed)
    assert "knows the libraries of 0.9. Compare them" in refusal(installed, inside={"some": {"checked": "0.9"}})


def test_the_wheels_own_bill_names_its_crates(installed: Installed) -> None:
    row = {
        "name": "memchr",
        "version": "2.7",
        "purl": "pkg:cargo/memchr@2.7",
        "licenses": [{"expression": "MIT OR Unlicense"}],
    }
    files = {"some-1.0.dist-info/sboms/a.json": json.dumps({"components": [row]}).encode()}
    installed.add("some", **files, **{"some-1.0.dist-info/LICENSE": b"text"})
    (crate,) = only(installed).libraries
    assert (crate.name, crate.version, crate.licence) == ("memchr", "2.7", "MIT OR Unlicense")
    notices = write_notices([only(installed)], "1.2.3")
    assert "  memchr 2.7: MIT OR Unlicense\n" in notices
    assert "Text of the licence MIT\n" in notices


def test_a_crate_under_the_gpl_stops_the_release(installed: Installed) -> None:
    row = {"name": "bad", "version": "1", "purl": "pkg:cargo/bad@1", "licenses": [{"license": {"id": "GPL-3.0-only"}}]}
    files = {"some-1.0.dist-info/sboms/a.json": json.dumps({"components": [row]}).encode()}
    installed.add("some", **files, **{"some-1.0.dist-info/LICENSE": b"text"})
    assert "bad in some 1.0 has the licence GPL-3.0-only" in refusal(installed)


def test_a_text_is_printed_once(installed: Installed) -> None:
    installed.add("first", **{"first-1.0.dist-info/LICENSE": b"The same long text\n"})
    installed.add("second", **{"second-1.0.dist-info/LICENSE": b"The same long text\n"})
    notices = write_notices(describe(installed.read(), known()).values(), "1.2.3")
    assert notices.count("The same long text") == 1
    assert "[LICENSE] The text is the same as that of first 1.0, LICENSE." in notices
