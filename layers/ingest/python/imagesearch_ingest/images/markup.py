"""Find the root element of an XML or HTML document, behind everything that may stand in front of it."""

import re

_LONGEST_PROLOG = 256 * 1024  # bytes; drawing programs write dozens of entities
_BLANK = " \t\r\n\f\ufeff"
_NAME = re.compile(r"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)")
# Each part also matches up to the end of the text, so that a file of opening quotes is searched once.
_DOCTYPE_PART = re.compile(r"\"[^\"]*\"?|'[^']*'?|<!--(?:.*?-->|.*)|[\[\]>]", re.DOTALL)
_UTF_16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be", b"<\0": "utf-16-le", b"\0<": "utf-16-be"}


def find_root(data: bytes) -> str | None:
    """Return the name of the root element, in lower case and without its prefix; ``None`` if there is no markup."""
    text = read_start(data, _LONGEST_PROLOG) if b"<" in data[:64] else ""
    at = _skip_blank(text, 0)
    while text.startswith("<", at):
        if text.startswith("<?", at):
            end = text.find("?>", at)
        elif text.startswith("<!--", at):
            end = text.find("-->", at + 4) + 1
        elif text[at : at + 9].lower() == "<!doctype":
            if text[at + 9 : at + 30].strip().lower().startswith("html"):
                return "html"
            end = _find_end_of_doctype(text, at + 9) - 1
        else:
            name = _NAME.match(text, at)
            return name[1].lower() if name else None
        if end <= at:
            return None
        at = _skip_blank(text, end + 2)
    return None


def read_start(data: bytes, length: int) -> str:
    """Return the first bytes as text. Characters that are not in the encoding become U+FFFD."""
    encoding = _UTF_16.get(data[:2], "utf-8")
    return data[:length].decode(encoding, "replace")


def _skip_blank(text: str, at: int) -> int:
    while at < len(text) and text[at] in _BLANK:
        at += 1
    return at


def _find_end_of_doctype(text: str, at: int) -> int:
    """Return the place of the ``>`` that ends the declaration. Brackets and quotes may hold further ones."""
    depth = 0
    for part in _DOCTYPE_PART.finditer(text, at):
        if part[0] in "[]":
            depth += 1 if part[0] == "[" else -1
        elif part[0] == ">" and not depth:
            return part.start()
    return 0
