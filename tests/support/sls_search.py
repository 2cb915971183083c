"""Evaluate the search part of a query of Simple Log Service, as its page "Search syntax" describes it.

A field that has no index is an error here. The service would search for the words of the condition in the whole log
instead, and find something else.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

Values = dict[str, Any]  # of the indexed fields of one log; a number where the index says so
Matches = Callable[[Values], bool]

_TOKEN = re.compile(r'\s*(?:"((?:\\.|[^"\\])*)"|([()])|(>=|<=|[:=<>])|([^\s()":<>=]+))')
_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    ">": lambda value, limit: value > limit,
    ">=": lambda value, limit: value >= limit,
    "<": lambda value, limit: value < limit,
    "<=": lambda value, limit: value <= limit,
    "=": lambda value, limit: value == limit,
    ":": lambda value, limit: value == limit,
}


class SearchError(Exception):
    """A search that the service would refuse, or understand in another way than its author."""


def parse_search(text: str, types: dict[str, str], delimiters: str) -> Matches:
    """Return what decides whether a log matches. ``types`` has the type of each indexed field. Raise ``SearchError``."""
    parser = _Parser(_read_tokens(text), types, delimiters)
    matches = parser.alternatives()
    if parser.peek() is not None:
        raise SearchError(f"{parser.peek()} cannot stand there in: {text}")
    return matches


def _read_tokens(text: str) -> Iterator[tuple[str, str]]:
    """Yield the kind and the text of each token. Words in quotation marks are no operators."""
    at = 0
    while text[at:].strip():
        found = _TOKEN.match(text, at)
        if not found:
            raise SearchError(f"cannot read: {text[at:]}")
        quoted, bracket, operator, word = found.groups()
        if quoted is not None:
            yield "value", re.sub(r"\\(.)", r"\1", quoted)
        elif word and word.lower() in {"and", "or", "not"}:
            yield "keyword", word.lower()
        else:
            yield ("value", word) if word else ("sign", bracket or operator)
        at = found.end()


class _Parser:
    """Read a search from its tokens. ``and`` binds closer than ``not``, and ``not`` closer than ``or``."""

    def __init__(self, tokens: Iterator[tuple[str, str]], types: dict[str, str], delimiters: str) -> None:
        self._tokens, self._types, self._delimiters = list(tokens), types, delimiters

    def peek(self) -> tuple[str, str] | None:
        return self._tokens[0] if self._tokens else None

    def alternatives(self) -> Matches:
        found = [self._conjunction()]
        while self._take("keyword", "or"):
            found.append(self._conjunction())
        return lambda log: any(one(log) for one in found)

    def _conjunction(self) -> Matches:
        found = []
        while self.peek() not in {None, ("sign", ")"), ("keyword", "or")}:
            self._take("keyword", "and")
            found.append(self._negation() if self._take("keyword", "not") else self._condition())
        if not found:
            raise SearchError("a condition is missing")
        return lambda log: all(one(log) for one in found)

    def _negation(self) -> Matches:
        condition = self._condition()
        return lambda log: not condition(log)

    def _condition(self) -> Matches:
        if self._take("sign", "("):
            inner = self.alternatives()
            self._expect("sign", ")")
            return inner
        word = self._expect("value")
        token = self.peek()
        if token and token[0] == "sign" and token[1] in _COMPARISONS:
            self._tokens.pop(0)
            return self._field(word, token[1], self._expect("value"))
        if word != "*":
            raise SearchError(f"{word} would be searched for in every field: name one")
        return lambda log: True

    def _field(self, name: str, operator: str, wanted: str) -> Matches:
        if name not in self._types:
            raise SearchError(f"{name} has no index")
        if self._types[name] in {"long", "double"}:
            limit, holds = float(wanted), _COMPARISONS[operator]
            return lambda log: log.get(name) is not None and holds(log[name], limit)
        if operator != ":":
            raise SearchError(f"{name} is no number")
        words = self._words(wanted)
        return lambda log: log.get(name) is not None and words <= self._words(log[name])

    def _words(self, text: str) -> set[str]:
        """Return the words of a text, in lower case: the index does not tell cases apart."""
        return {word for word in re.split(f"[{re.escape(self._delimiters)}]+", text.lower()) if word}

    def _take(self, kind: str, text: str) -> bool:
        if self.peek() != (kind, text):
            return False
        self._tokens.pop(0)
        return True

    def _expect(self, kind: str, text: str | None = None) -> str:
        token = self.peek()
        if token is None or token[0] != kind or (text and token[1] != text):
            raise SearchError(f"{text or 'a ' + kind} is missing")
        return self._tokens.pop(0)[1]
