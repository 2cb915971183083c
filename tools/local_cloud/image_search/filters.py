"""Parse the conditions of Filter, and choose entries by them (Image Search, "Filter condition").

    int_attr>=100 AND (str_attr="red" OR str_attr2 not in ("a","b"))

Documented: the fields, their operators, AND and OR, double quotes, at most 4096 characters, and by an example names in
camel case. DeleteImage has no ``in`` and ``not in``. Not documented, so chosen here: keywords are written as in the
reference; AND binds more tightly than OR; parentheses group; a list is in parentheses with commas; text holds any
character but a double quote; an integer has 32 bits. A picture without the attribute meets only ``!=`` and ``not in``.
"""

import operator
from collections.abc import Callable, Collection
from functools import cache
from typing import cast

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from local_cloud.image_search.errors import ApiError
from local_cloud.image_search.limits import INT_RANGE, Value
from local_cloud.image_search.models import Entry

MAX_CHARS = 4096
Condition = Callable[[Entry], bool]
_GRAMMAR = r"""
?start: conjunction ("OR" conjunction)* -> any_of
?conjunction: condition ("AND" condition)* -> all_of
?condition: "(" start ")"
    | INT_FIELD INT_OPERATOR INTEGER -> compare
    | STR_FIELD STR_OPERATOR TEXT -> compare
    | INT_FIELD MEMBERSHIP "(" INTEGER ("," INTEGER)* ")" -> member
    | STR_FIELD MEMBERSHIP "(" TEXT ("," TEXT)* ")" -> member

INT_FIELD: /int(_a|A)ttr[234]?(?![A-Za-z0-9_])/
STR_FIELD: /str(_a|A)ttr[234]?(?![A-Za-z0-9_])/
INT_OPERATOR: ">=" | "<=" | ">" | "<" | "="
STR_OPERATOR: "!=" | "="
MEMBERSHIP: /(not +)?in(?![A-Za-z0-9_])/
INTEGER: /[+-]?[0-9]+(?![A-Za-z0-9_.])/
TEXT: /"[^"]*"/
%ignore /[ \t\r\n]+/
"""
_OPERATORS: dict[str, Callable[[Value, Value], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    "!=": operator.ne,
}
# The parts of a condition, as a message calls them.
_NAMES = {
    "INT_FIELD": "int_attr",
    "STR_FIELD": "str_attr",
    "INT_OPERATOR": "> >= < <= =",
    "STR_OPERATOR": "= !=",
    "MEMBERSHIP": "in, not in",
    "INTEGER": "an integer",
    "TEXT": "text in double quotes",
    "LPAR": "(",
    "RPAR": ")",
    "COMMA": ",",
    "$END": "the end",
}


def read_filter(text: str, *, membership: bool = True) -> Condition:
    """Return the condition that the text describes. Without ``membership``, ``in`` and ``not in`` are refused.

    Raise ``ApiError`` with the position, which counts characters from 1.
    """
    if len(text) > MAX_CHARS:
        raise ApiError("InvalidFilterClause", f"{len(text)} characters exceed {MAX_CHARS}.")
    try:
        # The transformer puts conditions in place of trees.
        return cast("Condition", _parser(membership).parse(text))
    except UnexpectedInput as error:
        raise ApiError("InvalidFilterClause", _describe(text, error)) from None


@cache
def _parser(membership: bool) -> Lark:  # noqa: FBT001 - a cached function takes no keywords
    lines = (line for line in _GRAMMAR.splitlines() if membership or "MEMBERSHIP" not in line)
    return Lark("\n".join(lines), parser="lalr", transformer=_Conditions())


def _describe(text: str, error: UnexpectedInput) -> str:
    position = len(text) if _is_end(error) else error.pos_in_stream or 0
    # Where a condition is complete, the parser names nothing.
    names = ", ".join(sorted(_NAMES.get(name, name) for name in _find_expected(error))) or "the end"
    found = "the end" if position == len(text) else repr(text[position : position + 20])
    return f"At character {position + 1}: found {found}, expected one of: {names}."


def _find_expected(error: UnexpectedInput) -> Collection[str]:
    if isinstance(error, UnexpectedToken):
        return error.accepts or ()
    return (error.allowed or ()) if isinstance(error, UnexpectedCharacters) else ()


def _is_end(error: UnexpectedInput) -> bool:
    return isinstance(error, UnexpectedToken) and error.token.type == "$END"


@v_args(inline=True)
class _Conditions(Transformer[Token, Condition]):
    """Turn the rules of the grammar into conditions."""

    def any_of(self, *parts: Condition) -> Condition:
        return parts[0] if len(parts) == 1 else _Combined(parts, decisive=True)

    def all_of(self, *parts: Condition) -> Condition:
        return parts[0] if len(parts) == 1 else _Combined(parts, decisive=False)

    def compare(self, field: Token, sign: Token, literal: Token) -> Condition:
        name, compare, wanted = _attribute_name(field), _OPERATORS[sign], _read(literal)
        return lambda entry: compare(entry.attributes[name], wanted) if name in entry.attributes else sign == "!="

    def member(self, field: Token, membership: Token, *literals: Token) -> Condition:
        name, wanted, inside = _attribute_name(field), {_read(one) for one in literals}, membership == "in"
        return lambda entry: (entry.attributes.get(name) in wanted) is inside


class _Combined:
    """Several conditions joined by OR (``decisive`` is True) or by AND (False)."""

    def __init__(self, parts: tuple[Condition, ...], *, decisive: bool) -> None:
        self._parts = parts
        self._decisive = decisive

    def __call__(self, entry: Entry) -> bool:
        # Not by any() or all(): a filter of 4096 characters can nest so deeply that their frames would be too many.
        for part in self._parts:
            if part(entry) is self._decisive:
                return self._decisive
        return not self._decisive


def _attribute_name(field: Token) -> str:
    """Return the parameter that sets the attribute: ``StrAttr2`` for ``str_attr2`` and ``strAttr2``."""
    return field.replace("_attr", "Attr").capitalize().replace("attr", "Attr")


def _read(literal: Token) -> Value:
    if literal.type == "TEXT":
        return literal[1:-1]
    if int(literal) not in INT_RANGE:
        position = (literal.start_pos or 0) + 1
        raise ApiError("InvalidFilterClause", f"At character {position}: {literal} is not a 32-bit integer.")
    return int(literal)
