"""Licences of packages as SPDX expressions, and whether a release may contain them."""

import re
from functools import cache

from license_expression import AND, OR, LicenseExpression, Licensing, get_spdx_licensing

from release.faults import ReleaseError

# Licences that let others use, change and ship the code beside code of other licences. LGPL and MPL ask for their text
# and the source, which the notices name. There is no GPL: it would reach what imports it.
ALLOWED = {
    *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "FTL", "HPND-sell-variant", "IJG", "ISC", "libpng-2.0"),
    *("libtiff", "MIT", "MIT-0", "MIT-CMU", "MIT-open-group", "PSF-2.0", "Unicode-3.0", "Unicode-DFS-2016"),
    *("Unlicense", "X11", "Zlib", "ZPL-2.1", "bzip2-1.0.6", "LGPL-2.1-or-later", "LGPL-3.0-or-later", "MPL-2.0"),
    "Apache-2.0 WITH LLVM-exception",
}
# How packages write an SPDX identifier in the older field "License".
WRITTEN = {"Apache 2.0": "Apache-2.0", "Apache License 2.0": "Apache-2.0", "ISC License": "ISC"}
CLASSIFIERS = {"License :: OSI Approved :: MIT License": "MIT"}


def find_licence(fields: dict[str, list[str]]) -> str | None:
    """Return the SPDX expression that a package's metadata state, or None if they state none that can be read.

    License-Expression counts first (PEP 639), then License, then the classifiers.
    """
    stated = [*fields.get("License-Expression", []), *(WRITTEN.get(text, text) for text in fields.get("License", []))]
    stated += [CLASSIFIERS[text] for text in fields.get("Classifier", []) if text in CLASSIFIERS]
    return next((text for text in stated if "\n" not in text and is_expression(text)), None)


def is_expression(text: str) -> bool:
    """Return whether ``text`` is an SPDX expression of known identifiers."""
    return bool(re.fullmatch(r"[\w.+() -]+", text)) and not _spdx().validate(text).errors


def refuse_unwanted(owner: str, expression: str) -> None:
    """Raise ReleaseError unless ``expression`` can be met by the ALLOWED licences alone."""
    if not is_expression(expression):
        raise ReleaseError(f"{owner} has the licence {expression!r}, which is no SPDX expression. Correct known.toml.")
    if not choose(expression):
        raise ReleaseError(
            f"{owner} has the licence {expression}, which a release may not contain. Replace the package, or add the "
            "licence to ALLOWED in tools/release/licences.py if that is right."
        )


def choose(expression: str) -> list[str]:
    """Return the licences by which ``expression`` is met, or [] if that takes one that is not allowed.

    Of alternatives this is Apache-2.0, whose text names no holder, or the first that is allowed.
    """
    return _choose(_spdx().parse(expression))


def _choose(parsed: LicenseExpression) -> list[str]:
    if isinstance(parsed, OR):
        ways = [way for part in parsed.args if (way := _choose(part))]
        return ["Apache-2.0"] if ["Apache-2.0"] in ways else next(iter(ways), [])
    if isinstance(parsed, AND):
        parts = [_choose(part) for part in parsed.args]
        return [name for part in parts for name in part] if all(parts) else []
    return [str(parsed)] if str(parsed) in ALLOWED else []


@cache
def _spdx() -> Licensing:
    return get_spdx_licensing()
