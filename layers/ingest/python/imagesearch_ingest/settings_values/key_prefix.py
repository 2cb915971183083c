"""Read the prefix of keys."""

import re
from urllib.parse import unquote

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://(?P<bucket>[^/]*)/?(?P<rest>.*)", re.IGNORECASE | re.DOTALL)


def read_prefix(text: str) -> str:
    """Return the prefix. It is a plain text: nothing in it is a wildcard or a list."""
    if found := _ADDRESS.fullmatch(text):
        here = f"here {found['rest']!r}" if found["rest"] else "leave this unset"
        raise ValueError(f"write the bucket in INGEST_BUCKET ({found['bucket']}), and {here}")
    if text.startswith(("/", "./", "../", "~/")):
        rest = re.sub("^[.~]*/+", "", text)
        raise ValueError(f"keys begin without '/'; {f'write {rest!r}' if rest else 'leave it unset'}")
    if "\\" in text:
        raise ValueError(f"write '/' between folders: {text.replace(chr(92), '/')!r}")
    if re.search("[*{}]", text):
        raise ValueError("a prefix is plain text without wildcards; write patterns in INGEST_INCLUDE")
    if re.search(r"/\s*[,;|]", text):
        raise ValueError("there is one prefix; write several folders in INGEST_INCLUDE, such as shoes/*,bags/*")
    if re.search("%[0-9A-Fa-f]{2}", text):
        raise ValueError(f"keys are not URL-encoded here; write {unquote(text)!r}")
    return text
