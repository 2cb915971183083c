"""Read which items a HEIF file holds, and what the displayed image is made of (ISO/IEC 23008-12, section 6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from imagesearch_ingest.images.coded_colour import CodedColour
from imagesearch_ingest.images.faults import corrupt
from imagesearch_ingest.images.formats.heif.boxes import Box, Cursor, find_box, find_meta, iterate_boxes, read_number

_PICTURES = b"pict"  # the handler of images
_IN_FILE, _IN_ITEM_DATA = 0, 1  # construction methods of an item's location
_ALPHA = (b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0", b"urn:mpeg:hevc:2015:auxid:1\0")
_MAX_ENTRIES = 30_000  # in each list; a picture of 200 megapixels has 822 items


class Property(NamedTuple):
    """A property of an item, such as its colours or its transparency's kind."""

    kind: bytes
    content: bytes


@dataclass
class Item:
    """An item: a coded image, an image derived from others, or metadata."""

    kind: bytes = b""
    extents: list[tuple[int, int]] = field(default_factory=list)  # where its data begin and end in the file
    sources: list[int] = field(default_factory=list)  # the items that it is derived from
    properties: list[Property] = field(default_factory=list)

    @property
    def is_alpha(self) -> bool:
        """Return whether the item is the transparency of another one."""
        return (self.get_property(b"auxC") or b"")[4:].startswith(_ALPHA)

    def get_property(self, kind: bytes) -> bytes | None:
        """Return the content of the first property of this kind."""
        return next((one.content for one in self.properties if one.kind == kind), None)


@dataclass
class Container:
    """The items of a file. ``primary`` is the number of the one to display."""

    primary: int
    items: dict[int, Item]
    auxiliaries: dict[int, list[int]]  # by number of an item: further images for it, such as its transparency

    def iterate_needed(self) -> Iterator[Item]:
        """Yield the items that the displayed image is made of: itself, its sources, and its transparency."""
        seen: set[int] = set()
        waiting = [self.primary]
        while waiting:
            number = waiting.pop()
            if number in seen or number not in self.items:
                continue
            seen.add(number)
            item = self.items[number]
            yield item
            waiting += item.sources
            waiting += self._find_alphas(number)

    def find_property(self, kind: bytes) -> bytes | None:
        """Return a property of the displayed image, or of the first image that it is derived from."""
        found = (item.get_property(kind) for item in self.iterate_needed())
        return next((content for content in found if content is not None), None)

    def find_colour(self) -> CodedColour | None:
        """Return the code points of the displayed image's colours (ISO/IEC 14496-12, section 12.1.5)."""
        properties = (one for item in self.iterate_needed() for one in item.properties if one.kind == b"colr")
        codes = next((one.content[4:8] for one in properties if one.content.startswith(b"nclx")), b"")
        if len(codes) < 4:  # noqa: PLR2004 (two numbers)
            return None
        light = (self.find_property(b"clli") or b"")[:2]  # its first field (the same, section 12.1.6)
        return CodedColour(read_number(codes, 0, 2), read_number(codes, 2, 2), read_number(light, 0, 2))

    def has_alpha_of_other_size(self) -> bool:
        """Return whether the transparency of the displayed image has other sides than its colours."""
        sides = self.items.get(self.primary, Item()).get_property(b"ispe")
        others = (self.items[number].get_property(b"ispe") for number in self._find_alphas(self.primary))
        return any(other is not None and other != sides for other in others)

    def _find_alphas(self, number: int) -> list[int]:
        numbers = dict.fromkeys(self.auxiliaries.get(number, []))  # a file may name one image many times
        return [one for one in numbers if one in self.items and self.items[one].is_alpha]


def read_container(data: bytes) -> Container | None:
    """Return the items. ``None``: the file names no image to display, or is cut before it does.

    Raise ``CORRUPT_IMAGE`` for more entries than any encoder writes.
    """
    meta = find_meta(data)
    if meta is None:
        return None
    boxes = {box.kind: box for box in iterate_boxes(data, meta.start, meta.end)}
    if not {b"hdlr", b"pitm", b"iinf"} <= boxes.keys() or data[boxes[b"hdlr"].start + 8 :][:4] != _PICTURES:
        return None
    primary = Cursor(data, boxes[b"pitm"])
    found = Container(primary.read(4 if primary.version else 2), _read_kinds(data, boxes[b"iinf"]), {})
    if b"iloc" in boxes:
        _read_locations(data, boxes[b"iloc"], boxes.get(b"idat"), found)
    if b"iref" in boxes:
        _read_references(data, boxes[b"iref"], found)
    if b"iprp" in boxes:
        _read_properties(data, boxes[b"iprp"], found)
    return found


def _read_kinds(data: bytes, box: Box) -> dict[int, Item]:
    """Return the items by number (ISO/IEC 14496-12, section 8.11.6)."""
    cursor = Cursor(data, box)
    cursor.read(4 if cursor.version else 2)
    items: dict[int, Item] = {}
    for entry in iterate_boxes(data, *cursor.rest):
        fields = Cursor(data, entry)
        number = fields.read(4 if fields.version >= 3 else 2)  # noqa: PLR2004 (the version with long numbers)
        fields.read(2)  # protection
        items[number] = Item(fields.read_kind())
        _check_entries(len(items))
    return items


def _read_locations(data: bytes, box: Box, item_data: Box | None, found: Container) -> None:
    """Read where the data of each item are (ISO/IEC 14496-12, section 8.11.3)."""
    cursor = Cursor(data, box)
    sizes, more = cursor.read(1), cursor.read(1)
    offset_size, length_size, base_size = sizes >> 4, sizes & 15, more >> 4
    index_size = more & 15 if cursor.version else 0
    number_size = 4 if cursor.version > 1 else 2
    parts = 0
    for _ in range(cursor.read(number_size)):
        if cursor.is_at_end:
            return
        item = found.items.get(cursor.read(number_size), Item())
        method = cursor.read(2) & 15 if cursor.version else _IN_FILE
        cursor.read(2)  # data reference
        base = cursor.read(base_size) + (item_data.start if method == _IN_ITEM_DATA and item_data else 0)
        for _ in range(cursor.read(2)):
            cursor.read(index_size)
            start = base + cursor.read(offset_size)
            length = cursor.read(length_size)
            if method in {_IN_FILE, _IN_ITEM_DATA}:
                item.extents.append((start, start + length if length else len(data)))
            parts += 1
            _check_entries(parts)


def _read_references(data: bytes, box: Box, found: Container) -> None:
    """Read which items are made of others, and which belong to others (ISO/IEC 14496-12, section 8.11.12)."""
    cursor = Cursor(data, box)
    size = 4 if cursor.version else 2
    parts = 0
    for entry in iterate_boxes(data, *cursor.rest):
        fields = Cursor(data, entry._replace(start=entry.start - 4))  # this box has no version
        number = fields.read(size)
        count = min(fields.read(2), (entry.end - entry.start) // size)
        parts += 1 + count
        _check_entries(parts)
        others = [fields.read(size) for _ in range(count)]
        if entry.kind == b"dimg" and number in found.items:
            found.items[number].sources += others
        elif entry.kind == b"auxl":
            for other in others:
                found.auxiliaries.setdefault(other, []).append(number)


def _read_properties(data: bytes, box: Box, found: Container) -> None:
    """Read the properties of each item (ISO/IEC 23008-12, section 9.3)."""
    shared = find_box(data, b"ipco", box.start, box.end)
    if shared is None:
        return
    properties: list[Property] = []
    for one in iterate_boxes(data, shared.start, shared.end):
        properties.append(Property(one.kind, data[one.start : one.end]))
        _check_entries(len(properties))
    parts = 0
    for entry in iterate_boxes(data, box.start, box.end):
        if entry.kind != b"ipma":
            continue
        fields = Cursor(data, entry)
        number_size, index_size = 4 if fields.version else 2, 2 if fields.flags & 1 else 1
        for _ in range(fields.read(4)):
            if fields.is_at_end:
                break
            item = found.items.get(fields.read(number_size), Item())
            count = fields.read(1)
            parts += 1 + count
            _check_entries(parts)
            for _ in range(count):
                index = fields.read(index_size) & (0x7FFF if index_size == 2 else 0x7F)  # noqa: PLR2004 (its bytes)
                if 0 < index <= len(properties):
                    item.properties.append(properties[index - 1])


def _check_entries(count: int) -> None:
    """Raise ``CORRUPT_IMAGE`` for an attack: a list takes time."""
    if count > _MAX_ENTRIES:
        raise corrupt("HEIF", f"it lists more than {_MAX_ENTRIES} parts, more than any encoder writes")
