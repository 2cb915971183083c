"""Write words that can be copied into a shell."""

import os
import shlex

from imagesearch_ops.terminal_text import path_text, printable


def quote(value: str) -> str:
    """Return the value as a word of bash. A value that the terminal cannot show is written as escaped bytes."""
    text: str | None
    try:
        data, text = os.fsencode(value), path_text(value)
    except UnicodeEncodeError:  # surrogates that stand for no byte, as a message may hold them
        data, text = value.encode("utf-8", "surrogatepass"), None
    if text is not None and printable(text) == text:
        return shlex.quote(text)
    return "$'" + "".join(f"\\x{byte:02x}" for byte in data) + "'"
