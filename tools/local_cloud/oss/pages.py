"""One page of a listing: prefix, delimiter, marker and limit, and the encoding of its keys."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import quote

from local_cloud.oss.calls import read_choice
from local_cloud.server.wire import xml_elements

T = TypeVar("T")
# A key, and what tells the entries of one key apart; empty if a key has one entry only.
Name = tuple[str, str]


@dataclass(frozen=True)
class Page(Generic[T]):
    """``entries`` and ``prefixes`` count towards the limit alike. ``last`` is the name with which the page ends."""

    entries: list[T]
    prefixes: list[str]
    last: Name
    is_truncated: bool

    @property
    def size(self) -> int:
        return len(self.entries) + len(self.prefixes)


class Encoder:
    """Encode keys as the request wants: as they are, or URL-encoded, which ``fields`` then say."""

    def __init__(self, parameters: Mapping[str, str]) -> None:
        self._encodes = bool(read_choice(parameters, "encoding-type", {"url", ""}))
        self.fields = {"EncodingType": "url"} if self._encodes else {}

    def __call__(self, key: str) -> str:
        return quote(key) if self._encodes else key


def find_page(entries: Iterable[tuple[Name, T]], prefix: str, delimiter: str, after: Name, limit: int) -> Page[T]:
    """Return the entries after a name. They come in the order of the listing: by the key's bytes.

    Keys with the delimiter behind the prefix are one entry: all of them up to it, the common prefix. If the marker is a
    common prefix, the listing goes on behind its keys.
    """
    page: Page[T] = Page([], [], after, is_truncated=False)
    start = (after[0].encode(), after[1])
    for (key, rest), entry in entries:
        if not key.startswith(prefix) or (key.encode(), rest) <= start:
            continue
        behind = key[len(prefix) :].partition(delimiter) if delimiter else (key, "", "")
        common = f"{prefix}{behind[0]}{delimiter}" if behind[1] else None
        if common is not None and common in (after[0], *page.prefixes[-1:]):
            continue
        if page.size == limit:
            return Page(page.entries, page.prefixes, page.last, is_truncated=True)
        if common is None:
            page = Page([*page.entries, entry], page.prefixes, (key, rest), is_truncated=False)
        else:
            page = Page(page.entries, [*page.prefixes, common], (common, ""), is_truncated=False)
    return page


def render_page(page: Page[T], encode: Encoder, render_entry: Callable[[T], str]) -> str:
    prefixes = (f"<CommonPrefixes>{xml_elements({'Prefix': encode(one)})}</CommonPrefixes>" for one in page.prefixes)
    return "".join([*map(render_entry, page.entries), *prefixes])
