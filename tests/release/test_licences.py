"""Licences are read as SPDX expressions, and some stop a release."""

import pytest

from release.faults import ReleaseError
from release.licences import choose, find_licence, refuse_unwanted

STATED = [
    ({"License-Expression": ["Apache-2.0 AND MIT"], "License": ["BSD"]}, "Apache-2.0 AND MIT"),
    ({"License": ["Apache License 2.0"]}, "Apache-2.0"),
    ({"License": ["MIT"], "Classifier": ["License :: OSI Approved :: BSD License"]}, "MIT"),
    ({"License": ["Dual License"], "Classifier": ["License :: OSI Approved :: MIT License"]}, "MIT"),
    ({"License": ["LGPL-3.0-or-later"]}, "LGPL-3.0-or-later"),
    ({"Classifier": ["License :: OSI Approved :: BSD License"]}, None),
    ({"License": ["Permission is hereby granted\nfree of charge"]}, None),
    ({}, None),
]


@pytest.mark.parametrize(("fields", "expected"), STATED)
def test_a_licence_is_read_from_metadata(fields: dict[str, list[str]], expected: str | None) -> None:
    assert find_licence(fields) == expected


CHOSEN = {
    "MIT": ["MIT"],
    "MIT OR Apache-2.0": ["Apache-2.0"],
    "Unlicense OR MIT": ["Unlicense"],
    "(MIT OR Apache-2.0) AND Unicode-3.0": ["Apache-2.0", "Unicode-3.0"],
    "Apache-2.0 OR GPL-2.0-only": ["Apache-2.0"],
    "GPL-2.0-only OR ISC": ["ISC"],
    "Apache-2.0 WITH LLVM-exception": ["Apache-2.0 WITH LLVM-exception"],
    "GPL-3.0-or-later": [],
    "MIT AND GPL-3.0-only": [],
    "AGPL-3.0-or-later OR SSPL-1.0": [],
    "GPL-2.0-only WITH Classpath-exception-2.0": [],
}


@pytest.mark.parametrize("expression", CHOSEN)
def test_an_expression_is_met_by_allowed_licences_alone(expression: str) -> None:
    assert choose(expression) == CHOSEN[expression]


@pytest.mark.parametrize("expression", [name for name, chosen in CHOSEN.items() if not chosen])
def test_a_licence_that_is_not_allowed_stops_the_release(expression: str) -> None:
    with pytest.raises(ReleaseError, match=r"some 1.0 has the licence .*, which a release may not contain"):
        refuse_unwanted("some 1.0", expression)


@pytest.mark.parametrize("expression", ["Proprietary", "MIT AND Own", "see LICENSE", ""])
def test_an_unknown_licence_stops_the_release(expression: str) -> None:
    with pytest.raises(ReleaseError, match="which is no SPDX expression"):
        refuse_unwanted("some 1.0", expression)
