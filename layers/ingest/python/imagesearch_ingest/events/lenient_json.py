"""Read and write JSON of unknown origin. Invalid JSON always raises ``ValueError``, whatever the parser raised.

An array can also be split into the texts of its elements. Then an element that no parser can read, such as a hundred
thousand brackets, does not affect the others.
"""

import json
import re
from typing import Any

UNWRITABLE = "nested too deeply to be written as text"
_LONGEST_INTEGER = 4300  # digits; Python refuses more (sys.set_int_max_str_digits)
# A string is one token, even without its closing quote, so that brackets inside it do not count.
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.?)*+(?:"|\Z)|[\[\]{},]', re.DOTALL)


class TooDeepError(ValueError):
    """JSON that is nested too deeply for the parser."""


def load(text: str) -> Any:  # noqa: ANN401 - whatever the JSON holds
    """Return what the text means. Raise ``TooDeepError``, or ``ValueError`` if it is not JSON."""
    try:
        return json.loads(text, parse_int=_read_integer)
    except RecursionError as error:
        raise TooDeepError("nested too deeply") from error


def dump(content: Any) -> str:  # noqa: ANN401 - whatever the JSON holds
    """Return JSON in ASCII, which every queue accepts. Raise ``TooDeepError``."""
    try:
        return json.dumps(content)
    except RecursionError as error:  # the parser had a few more frames left
        raise TooDeepError("nested too deeply") from error


def dump_or_say_why(content: Any) -> str:  # noqa: ANN401 - whatever the JSON holds
    """Return JSON as ``dump`` does, or a sentence that says why there is none."""
    try:
        return dump(content)
    except TooDeepError:
        return UNWRITABLE


def split_elements(text: str) -> list[str]:
    """Return the text of each element of an array, or the whole text if it is not an array.

    Raise ``ValueError`` only if opening and closing brackets differ in number.
    """
    text = text.strip()
    if not text.startswith("["):
        text = f"[{text}]"
    depth, begin, elements = 0, 1, []
    for token in _TOKEN.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(token[0], 0)
        if (token[0] == "," and depth == 1) or depth == 0:
            elements.append(text[begin : token.start()].strip())
            begin = token.end()
        if depth == 0:
            break
    if depth or begin != len(text):
        raise ValueError("opening and closing brackets differ in number")
    return [element for element in elements if element]


def _read_integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= _LONGEST_INTEGER else float(digits)
