"""Suggest a template that fits the keys of a list, from a sample of them.

It takes the first folder that looks like products as ProductId, or else the beginning of the file's name. Every
template is reversible: PicName is the whole key, or all that follows the product.
"""

import random
import re
from collections import Counter
from collections.abc import Iterator

from imagesearch_ingest.identity import IdentityRule
from imagesearch_ingest.model.errors import IngestError

_SIZE = 2_000
_MOST_ENDINGS = 6
_MOST_WORDS = 20
_DATE = re.compile(r"(?:19|20)\d\d|\d\d?|(?:19|20)\d\d-?\d\d(?:-?\d\d)?")
_ENDING = re.compile(r"\.([A-Za-z0-9]{1,5})$")
_SEPARATORS = ("_", "-", ".", "\uff3f")


class Sample:
    """Some of the keys, each as likely as any other, and the same ones at each run."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self._seen = 0
        self._random = random.Random(0)

    def add(self, key: str) -> None:
        self._seen += 1
        if len(self.keys) < _SIZE:
            self.keys.append(key)
        elif (at := int(self._random.random() * self._seen)) < _SIZE:
            self.keys[at] = key


def suggest(keys: list[str], prefix: str) -> str | None:
    """Return the template that matches the most keys, the simplest first; ``None`` if none matches half of them."""
    rests = [key.removeprefix(prefix) for key in keys if key.startswith(prefix) and key != prefix]
    best, most = None, len(rests) // 2
    for template in dict.fromkeys(_list_candidates(rests)):
        matched = _count_matches(template, rests)
        if matched > most:
            best, most = template, matched
    return best


def _count_matches(template: str, rests: list[str]) -> int:
    try:
        identify = IdentityRule.from_settings(template=template).identify
    except ValueError:  # a name in the keys cannot stand in a template
        return 0
    return sum(1 for rest in rests if _is_matched(identify, rest))


def _is_matched(identify: object, rest: str) -> bool:
    try:
        identify(rest)  # type: ignore[operator]
    except IngestError:
        return False
    return True


def _list_candidates(rests: list[str]) -> Iterator[str]:
    split = [rest.split("/") for rest in rests]
    for depth, _ in Counter(map(len, split)).most_common(2):
        same = [parts for parts in split if len(parts) == depth]
        columns = [[parts[at] for parts in same] for at in range(depth)]
        fixed = [_escape(column[0]) if len(set(column)) == 1 else None for column in columns[:-1]]
        yield from _name_folders(columns, fixed)
        yield "/".join([*(text or "{_}" for text in fixed), _name_file(columns[-1])])


def _name_folders(columns: list[list[str]], fixed: list[str | None]) -> Iterator[str]:
    """Yield templates whose product is a folder."""
    for at, text in enumerate(fixed):
        if text is None and _looks_like_products(columns[at]):
            before = [text or "{_}" for text in fixed[:at]]
            is_plain = "{_}" not in before
            yield "/".join([*before, "{product_id}", "{pic_name}" if is_plain else "{*}"])


def _looks_like_products(names: list[str]) -> bool:
    """Return whether folder names are neither few nor dates."""
    different = set(names)
    if all(map(_DATE.fullmatch, different)):
        return False
    has_digits = sum(1 for name in different if any(map(str.isdecimal, name))) > len(different) / 2
    return has_digits or len(different) > _MOST_WORDS


def _name_file(names: list[str]) -> str:
    """Return the template of file names: the product, and what follows it if that says which of its pictures it is."""
    endings = Counter(found[1].lower() if (found := _ENDING.search(name)) else "" for name in names)
    stems = [_ENDING.sub("", name) for name in names]
    several = [ending for ending, _ in endings.most_common(_MOST_ENDINGS) if ending]
    end = f".{{{'|'.join(several)}}}" if len(several) > 1 else f".{several[0]}" if several and "" not in endings else ""
    for separator in _SEPARATORS:
        ends = [stem.rpartition(separator)[2] for stem in stems if separator in stem.strip(separator)]
        if len(ends) > 0.9 * len(stems) and _tell_pictures(ends):
            return f"{{product_id}}{separator}{{_}}{end}"
    return f"{{product_id}}{end}"


def _tell_pictures(ends: list[str]) -> bool:
    """Return whether ends of names only tell the pictures of a product apart: short numbers, or few words."""
    different = set(ends)
    short = all(end.isdecimal() and len(end) < 3 for end in different)  # noqa: PLR2004 - two digits
    return short or (len(different) <= _MOST_WORDS and len(different) <= len(ends) / 2)


def _escape(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
