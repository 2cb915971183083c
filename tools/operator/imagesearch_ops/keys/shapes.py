"""Count the shapes of keys in little memory, whatever the keys are (ADR 42).

In a shape, each digit is a 9: ``shop/2092/sku-1.jpg`` is ``shop/9999/sku-9.jpg``. Letters are kept up to the first
segment that varies: one with more than ten different names beside it. From there on, a run of letters is ``a``, a run
of digits ``9``, and a code of both, such as a UUID, ``x``. The file's ending stays.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

_MOST_SIBLINGS = 10
_MOST_LEAVES = 1_000
_MOST_FORMS = 100  # below a segment that varies
_MOST_EXAMPLES = 3
_MOST_REMEMBERED = 20_000
OTHERS = "..."
_DIGITS = {ord(digit): "9" for digit in "012345678"}
_RUN = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,5}$")


@dataclass(slots=True)
class Shape:
    """Keys of one shape: how many, their outcomes, and the first of them."""

    count: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    def add(self, key: str, outcome: str) -> None:
        self.count += 1
        self.outcomes[outcome] += 1
        if len(self.examples) < _MOST_EXAMPLES and key not in self.examples:
            self.examples.append(key)

    def merge(self, other: "Shape") -> None:
        self.count += other.count
        self.outcomes += other.outcomes
        self.examples = [*dict.fromkeys([*self.examples, *other.examples])][:_MOST_EXAMPLES]


class _Node:
    """What follows some segments: other segments, or, once they vary, forms of the whole rest."""

    __slots__ = ("below", "end", "forms")

    def __init__(self) -> None:
        self.below: dict[str, _Node] = {}
        self.end: Shape | None = None
        self.forms: dict[str, Shape] | None = None

    def leaves(self, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Shape]]:
        """Yield each shape with its segments from here on."""
        if self.end:
            yield path, self.end
        for form, shape in (self.forms or {}).items():
            yield (*path, form), shape
        for segment, node in self.below.items():
            yield from node.leaves((*path, segment))

    def vary(self) -> None:
        """Replace the segments from here on by their forms."""
        found, self.forms, self.below = [*self.leaves()], {}, {}
        end, self.end = self.end, None
        for path, shape in found:
            if shape is end:
                self.end = end
            else:
                self.form(path).merge(shape)

    def form(self, path: tuple[str, ...] | list[str]) -> Shape:
        """Return the shape for the rest of a key."""
        forms = self.forms if self.forms is not None else {}
        form = _generalize("/".join(path))
        return forms.setdefault(form if form in forms or len(forms) < _MOST_FORMS else OTHERS, Shape())


class Shapes:
    """The shapes of all keys added so far."""

    def __init__(self) -> None:
        self._root = _Node()
        self._most = _MOST_SIBLINGS
        self._leaves = 0
        self._known: dict[str, Shape] = {}

    def add(self, key: str, outcome: str) -> None:
        """Count a key."""
        raw = key.translate(_DIGITS)
        shape = self._known.get(raw)
        if shape is None:
            shape = self._find(raw)
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            self._known[raw] = shape
        shape.add(key, outcome)

    def list(self) -> list[tuple[str, Shape]]:
        """Return the shapes, the most frequent first."""
        self._known.clear()
        found: dict[str, Shape] = {}
        for path, shape in self._root.leaves():
            found.setdefault("/".join(path), Shape()).merge(shape)
        return sorted(found.items(), key=lambda item: (-item[1].count, item[0]))

    def _find(self, raw: str) -> Shape:
        node, parts = self._root, raw.split("/")
        for at, part in enumerate(parts):
            if node.forms is not None:
                return node.form(parts[at:])
            if part not in node.below:
                if len(node.below) >= self._most:
                    self._vary(node)
                    return node.form(parts[at:])
                node.below[part] = _Node()
            node = node.below[part]
        if node.end is None:
            node.end = Shape()
            self._leaves += 1
            if self._leaves > _MOST_LEAVES:
                self._compact()
                return self._find(raw)
        return node.end

    def _vary(self, node: _Node) -> None:
        node.vary()
        self._known.clear()

    def _compact(self) -> None:
        """Let fewer siblings keep their letters, until there are few shapes."""
        while self._leaves > _MOST_LEAVES // 2 and self._most:
            self._most //= 2
            _vary_where_many(self._root, self._most)
            self._leaves = sum(1 for _ in self._root.leaves())
        self._known.clear()


def _vary_where_many(node: _Node, most: int) -> None:
    if len(node.below) > most:
        node.vary()
    for below in node.below.values():
        _vary_where_many(below, most)


def _generalize(rest: str) -> str:
    rest = unicodedata.normalize("NFC", rest)
    ending = _ENDING.search(rest)
    stem, end = (rest[: ending.start()], ending[0]) if ending else (rest, "")
    return _RUN.sub(_name_run, stem) + end


def _name_run(run: re.Match[str]) -> str:
    """Return the form of runs with dashes between them. If one is mixed, they are a code as a whole, such as a UUID."""
    forms = ["9" if text.isdecimal() else "x" if any(map(str.isdecimal, text)) else "a" for text in run[0].split("-")]
    return "x" if "x" in forms else "-".join(forms)
