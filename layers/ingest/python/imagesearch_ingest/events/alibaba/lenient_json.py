"""JSON from wherever it may come: what is no JSON raises ``ValueError``, whatever else a parser might have raised.

An array's elements are also had one by one, as they are written, so that one which no parser takes (a hundred thousand
brackets) costs no other.
"""

import json
import re
from typing import Any

_LONGEST_INTEGER = 4300  # digits; Python refuses more (sys.set_int_max_str_digits)
# Strings count as one, also the one that does not end: the brackets in them are none.
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.?)*+(?:"|\Z)|[\[\]{},]', re.DOTALL)


class TooDeepError(ValueError):
    """Nested more deeply than a parser can follow."""


def load(text: str) -> Any:  # noqa: ANN401 - whatever the JSON holds
    try:
        return json.loads(text, parse_int=_integer)
    except RecursionError as error:
        raise TooDeepError("nested too deeply") from error


def dump(content: Any) -> str:  # noqa: ANN401 - whatever the JSON holds
    """In ASCII, so that every queue takes it."""
    try:
        return json.dumps(content)
    except RecursionError as error:  # the parser stood a little further from the limit
        raise TooDeepError("nested too deeply") from error


def written_elements(text: str) -> list[str]:
    """Each element of an array as it is written; of what is no array, all of it.

    Raises ``ValueError`` only when there are more brackets of one kind than of the other.
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
        raise ValueError("the brackets do not match")
    return [element for element in elements if element]


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= _LONGEST_INTEGER else float(digits)
