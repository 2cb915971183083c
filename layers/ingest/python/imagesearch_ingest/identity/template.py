"""Read templates such as ``{brand}/{sku}/{_}.{jpg|png} -> {brand}-{sku}``.

``pic_name`` and ``*`` may contain slashes. Every other field stays within one segment. Fields are matched from left
to right, and each takes as many characters as it can: ``{product_id}-{_}.jpg`` finds the product ``a-b`` in
``a-b-c.jpg``. No field is empty. ``{{`` is a brace.

Empty segments of the path are ignored, unless the template has a ``pic_name``: then ``a//b`` and ``a/b`` would share an
entry.
"""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from string import Formatter

from imagesearch_ingest.identity.fields import ANYTHING, IDS, IGNORED, KNOWN, find_faults, raise_any

_ARROW = re.compile(r"\s+->\s+")
_OWN_NAME = re.compile("[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class _Piece:
    """A text, the name of a field, or alternatives."""

    text: str = ""
    name: str = ""
    choices: tuple[str, ...] = ()

    def pattern(self, slash: str) -> str:
        """Return the regular expression. ``slash`` is that of one or more slashes."""
        if self.choices:
            return f"(?i:{'|'.join(map(re.escape, self.choices))})"
        if not self.name:
            return re.sub("/+", slash, re.escape(self.text)) if slash else re.escape(self.text)
        if self.name == IGNORED:  # may occur several times, which a group may not
            return "[^/]+"
        if self.name == ANYTHING:
            return "(?s:.+)"
        return f"(?P<{self.name}>{'(?s:.+)' if self.name == 'pic_name' else '[^/]+'})"

    def __str__(self) -> str:
        return self.text or f"{{{self.name or '|'.join(self.choices)}}}"


@dataclass(frozen=True, slots=True)
class Product:
    """How ProductId is made of fields: ``pieces`` are its texts and fields, ``own`` the names of no attribute."""

    pieces: tuple[_Piece, ...]
    own: frozenset[str]

    def compose(self, values: dict[str, str]) -> None:
        """Put ``product_id`` in the place of the fields that belong to it alone."""
        values["product_id"] = "".join(values[piece.name] if piece.name else piece.text for piece in self.pieces)
        for name in self.own:
            del values[name]

    @property
    def names(self) -> list[str]:
        """Return the fields in ProductId."""
        return [piece.name for piece in self.pieces if piece.name]

    @property
    def is_ambiguous(self) -> bool:
        """Return whether two fields share a segment: ``a-b`` and ``c`` would be joined as ``a`` and ``b-c`` are.

        No field contains a slash, so a slash between two of them tells where the first one ends.
        """
        text = "".join("\0" if piece.name else piece.text for piece in self.pieces)
        return any(segment.count("\0") > 1 for segment in text.split("/"))


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed template. ``product`` is ``None`` if the template has a ``product_id``."""

    pieces: tuple[_Piece, ...]
    product: Product | None

    @classmethod
    def parse(cls, template: str) -> "Template":
        """Raise ``ValueError`` naming every fault."""
        left, *right = _ARROW.split(template)
        faults = ["' -> ' occurs more than once"] if len(right) > 1 else []
        pieces = tuple(_parse(left, faults))
        names = [piece.name for piece in pieces if piece.name]
        faults += _find_touching(pieces)
        product = _parse_product(right[0], names, faults) if right else None
        raise_any(
            [*faults, *find_faults([*names, *(["product_id"] if product else [])], product.own if product else ())]
        )
        return cls(pieces, product)

    @property
    def names(self) -> list[str]:
        """Return the fields in order, with ``product_id`` if they make one."""
        return [*(piece.name for piece in self.pieces if piece.name), *(["product_id"] if self.product else [])]

    @property
    def has_pic_name(self) -> bool:
        """Return whether PicName is a part of the key."""
        return "pic_name" in self.names

    def pattern(self) -> str:
        """Return the regular expression in RE2's syntax."""
        slash = "" if self.has_pic_name else "/+"
        if not slash:
            return "".join(piece.pattern(slash) for piece in self.pieces)
        first, *others = self.pieces or (_Piece(),)
        first = _Piece(first.text.lstrip("/"), first.name, first.choices)
        return "/*" + "".join(piece.pattern(slash) for piece in (first, *others))

    def why_irreversible(self) -> str | None:
        """Return why the key cannot be rebuilt from the two IDs, or ``None`` if it can."""
        if not self.has_pic_name:
            return None
        kept = {"pic_name", *(self.product.names if self.product else ["product_id"])}
        others = sorted({str(piece) for piece in self.pieces if not piece.text and piece.name not in kept})
        if others:
            return f"PicName does not contain the text of {' and '.join(others)}"
        if self.product and self.product.is_ambiguous:
            return "ProductId joins fields without a slash between them, so they cannot be told apart"
        return None


def _parse(text: str, faults: list[str]) -> Iterator[_Piece]:
    """Yield the pieces of a text: every other one is a field or alternatives. Add to ``faults``."""
    for literal, name, form, conversion in Formatter().parse(text):
        if literal:
            yield _Piece(text=literal)
        if name is None:
            continue
        if form or conversion:
            faults.append(f"{name!r} cannot have a format")
        if not name:
            faults.append("'' is not a field")
        elif "|" in name:
            choices = tuple(map(str.strip, name.split("|")))
            if not all(choices) or "/" in name:
                faults.append(f"{{{name}}} has an alternative that is empty or contains a slash")
            yield _Piece(choices=choices)
        elif "," in name:
            faults.append(f"{{{name}}} must separate its alternatives by '|'")
        else:
            yield _Piece(name=name)


def _find_touching(pieces: tuple[_Piece, ...]) -> list[str]:
    pairs = itertools.pairwise(pieces)
    return [f"no text separates {one.name!r} from {two.name!r}" for one, two in pairs if one.name and two.name]


def _parse_product(text: str, left: list[str], faults: list[str]) -> Product:
    """Return how ProductId is made. ``left`` are the fields before the arrow."""
    pieces = tuple(_parse(text, faults))
    used = [piece.name for piece in pieces if piece.name]
    own = frozenset(name for name in left if name not in KNOWN and _OWN_NAME.fullmatch(name))
    if not used or any(piece.choices for piece in pieces):
        faults.append("after '->' there must be fields and text, such as {brand}-{sku}")
    faults += [f"{name!r} cannot stand after '->'" for name in used if name in (*IDS, IGNORED, ANYTHING)]
    faults += [f"{name!r} stands only after '->'" for name in used if name not in (*left, *IDS, IGNORED, ANYTHING)]
    faults += [f"{name!r} is not used after '->'; write {{_}} to ignore it" for name in sorted(own - {*used})]
    if "product_id" in left:
        faults.append("'product_id' stands before '->', although ProductId is made of what follows it")
    return Product(pieces, own)
