"""Damaged PNGs: those whose pixels are proven are taken, others are not."""

import struct
import zlib
from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image

from imagesearch_ingest.images import Policy
from imagesearch_ingest.images.formats.png import pass_through as module
from imagesearch_ingest.images.formats.png.repair import rebuild
from imagesearch_ingest.images.policy import Animations
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from tests.unit.images.formats.png.png_files import END, SIGNATURE, chunk, header, palette, png, row_starts, rows
from tests.unit.images.formats.stripping import accepted, pixels
from tests.unit.images.pictures import POLICY, encoded, refuse, refuse_corrupt, run

LAYOUTS = pytest.mark.parametrize(
    ("depth", "colour_type", "interlaced"),
    [(8, 2, 0), (8, 2, 1), (8, 0, 0), (1, 0, 1), (8, 6, 0), (16, 2, 0), (8, 3, 0), (4, 3, 1)],
)
WRONG = b"\0\0\0\0"
ROWS = bytes(rows())
PACKED = zlib.compress(ROWS)
PLAIN = png()


def _file(
    packed: bytes, *, pieces: int = 1, wrong: int | None = None, end: bytes = END, first: bytes = header()
) -> bytes:
    """Return a PNG of a stream in several IDAT chunks, one of which may have a wrong checksum."""
    step = -(-len(packed) // pieces)
    chunks = [chunk(b"IDAT", packed[at : at + step]) for at in range(0, len(packed), step)]
    if wrong is not None:
        chunks[wrong] = chunks[wrong][:-4] + WRONG
    return first + b"".join(chunks) + end


def _assert_same(damaged: bytes, whole: bytes = PLAIN) -> None:
    """The damaged file gives the same picture as the whole one, and is never sent as it is."""
    assert accepted(module, damaged) is None
    assert pixels(rebuild(damaged, POLICY)) == pixels(whole)
    in_another_format = encoded(Image.open(BytesIO(whole)).convert("RGB"), "TIFF", big_tiff=True)
    assert run(damaged)[0].data == run(in_another_format)[0].data


def _bare(depth: int, colour_type: int, interlaced: int) -> bytes:
    before = palette(1 << depth) if colour_type == 3 else b""
    return png(before, b"", depth, colour_type, interlaced=interlaced, pieces=3)


def _last_pixels(data: bytes) -> int:
    """Return the offset behind the compressed stream."""
    at = data.rindex(b"IDAT")
    return at + 4 + int.from_bytes(data[at - 4 : at], "big")


@LAYOUTS
@pytest.mark.parametrize("kept", [-4, -2, 0, 2, 4, 8, 12], ids=str)
def test_a_file_cut_behind_its_last_row_is_whole(kept: int, depth: int, colour_type: int, interlaced: int) -> None:
    """Adler-32 takes the last four bytes of the stream."""
    whole = _bare(depth, colour_type, interlaced)
    stream_end = _last_pixels(whole)
    assert pixels(rebuild(whole[: stream_end + kept], POLICY)) == pixels(whole)


@LAYOUTS
def test_a_file_cut_inside_its_rows_is_corrupt(depth: int, colour_type: int, interlaced: int) -> None:
    whole = _bare(depth, colour_type, interlaced)
    end = _last_pixels(whole)
    for missing in (12, 20, 100, end // 2):
        assert "last rows are missing" in _refuse(whole[: end - missing])


def _refuse(damaged: bytes) -> str:
    with pytest.raises(IngestError) as caught:
        rebuild(damaged, POLICY)
    assert caught.value.reason is Reason.CORRUPT_IMAGE
    return caught.value.detail


BEHIND: dict[str, bytes] = {
    "nothing": b"",
    "half an end": END[:6],
    "an end with a wrong checksum": END[:-4] + WRONG,
    "half a comment": chunk(b"tEXt", b"Comment\0" + bytes(99))[:50],
    "an endless comment": b"\xff\xff\xff\xfftEXt",
    "garbage": b"\0\0\0\4\1\2\3\4\5\6\7\x08",
    "an unknown critical chunk": chunk(b"ABCD", b"") + END,
    "another header": header()[8:] + END,
    "half a frame": chunk(b"fdAT", bytes(99))[:40],
}


@pytest.mark.parametrize("name", BEHIND)
def test_damage_behind_the_pixels_does_no_harm(name: str) -> None:
    damaged = PLAIN[: -len(END)] + BEHIND[name]
    assert pixels(rebuild(damaged, POLICY)) == pixels(PLAIN)
    assert run(damaged)[0].format == "JPEG"


def test_a_wrong_adler_is_outvoted_by_the_checksums_of_the_chunks() -> None:
    for packed in (PACKED[:-1] + bytes((PACKED[-1] ^ 1,)), PACKED[:-4], PACKED[:-2]):
        _assert_same(_file(packed, pieces=3))


def test_a_wrong_checksum_of_a_chunk_is_outvoted_by_adler() -> None:
    for wrong in range(3):
        _assert_same(_file(PACKED, pieces=3, wrong=wrong))
        _assert_same(_file(PACKED, pieces=3, wrong=wrong, end=b""))


@pytest.mark.parametrize(
    "damaged",
    [
        _file(PACKED[:-1] + bytes((PACKED[-1] ^ 1,)), pieces=3, wrong=1),
        _file(PACKED[:-4], pieces=3, wrong=1),
        _file(PACKED, pieces=3, wrong=1)[: -len(END) - 6],  # Adler-32 is cut off
        _file(PACKED[:-1] + bytes((PACKED[-1] ^ 1,)), end=b"")[:-2],  # the checksum of the chunk is cut off
    ],
    ids=["both wrong", "one missing", "one cut off", "the other cut off"],
)
def test_pixels_without_a_right_checksum_are_corrupt(damaged: bytes) -> None:
    assert "checksum of its IDAT chunk is wrong" in refuse_corrupt(damaged)


@pytest.mark.parametrize("bit", range(0, 8 * 100, 97))
def test_altered_pixels_are_corrupt(bit: int) -> None:
    data = bytearray(PLAIN)
    data[len(PLAIN) // 3 + bit // 8] ^= 1 << bit % 8
    refuse_corrupt(bytes(data))
    refuse_corrupt(bytes(data[: -len(END)]))


@pytest.mark.parametrize(
    "head",
    [b"\x78\x9d", b"\0\0", b"\x18\x19", b"\x78\xbb", b"\x68\x05", b"\xff\xff"],
    ids=["check bits", "zeros", "a small window", "a dictionary", "half the window", "ones"],
)
def test_a_wrong_zlib_header_does_no_harm(head: bytes) -> None:
    assert pixels(rebuild(_file(head + PACKED[2:]), POLICY)) == pixels(PLAIN)
    assert run(_file(head + PACKED[2:]))[1].size == Image.open(BytesIO(PLAIN)).size


def test_a_stream_without_its_end_code_is_written_anew() -> None:
    packer = zlib.compressobj()
    open_end = packer.compress(ROWS) + packer.flush(zlib.Z_SYNC_FLUSH)
    _assert_same(_file(open_end, pieces=2))


@pytest.mark.parametrize("more", [b"\0", bytes(5000), bytes(3_000_000)], ids=["a byte", "rows", "many rows"])
def test_more_than_the_rows_is_left_out(more: bytes) -> None:
    for end in (END, b""):
        assert pixels(rebuild(_file(zlib.compress(ROWS + more), end=end), POLICY)) == pixels(PLAIN)


def test_data_behind_the_stream_is_left_out() -> None:
    _assert_same(_file(PACKED + b"more", end=b""))
    _assert_same(_file(PACKED, end=chunk(b"IDAT", b"more")))


def test_pixels_between_other_chunks_are_joined() -> None:
    middle = len(PACKED) // 2
    damaged = header() + chunk(b"IDAT", PACKED[:middle]) + chunk(b"tIME", bytes(7)) + chunk(b"IDAT", PACKED[middle:])
    _assert_same(damaged)
    _assert_same(damaged + END)


def test_a_wrong_length_of_the_pixels_is_outvoted_by_adler() -> None:
    for length in (0x7FFFFFFF, len(PACKED) + 5, len(PACKED) + 12):
        packed = struct.pack(">I", length) + chunk(b"IDAT", PACKED)[4:]
        _assert_same(header() + packed + END)


@pytest.mark.parametrize("interlaced", [0, 1])
def test_a_header_is_proven_by_the_rows(interlaced: int) -> None:
    whole = png(interlaced=interlaced)
    _assert_same(whole[:29] + WRONG + whole[33:], whole)


def test_an_altered_header_is_corrupt() -> None:
    """Flip each bit of the header. The rows then no longer fit."""
    for bit in range(13 * 8):
        data = bytearray(PLAIN)
        data[16 + bit // 8] ^= 1 << bit % 8
        _refuse(bytes(data))


def test_a_palette_is_proven_by_its_checksum_alone() -> None:
    whole = _bare(8, 3, 0)
    at = whole.index(b"PLTE") + 4 + 768
    assert "checksum of its PLTE chunk" in refuse_corrupt(whole[:at] + WRONG + whole[at + 4 :])
    moved = whole[: at - 776] + whole[at + 4 : -len(END)] + whole[at - 776 : at + 4] + END
    assert pixels(rebuild(moved, POLICY)) == pixels(whole)


def test_the_parts_that_change_the_picture_are_kept() -> None:
    parts = (
        chunk(b"acTL", struct.pack(">II", 2, 0)),
        chunk(b"iCCP", b"a profile\0\0" + zlib.compress(b"x")),
        palette(256),
        chunk(b"tRNS", bytes(range(200))),
        chunk(b"eXIf", b"II*\0\x08\0\0\0\0\0"),
    )
    whole = png(b"".join(parts) + chunk(b"tEXt", b"Comment\0words"), b"", 8, 3)
    rebuilt = rebuild(whole[: -len(END)], POLICY)
    assert rebuilt.startswith(whole[:33] + b"".join(parts) + whole[33 + sum(map(len, parts)) + 25 :][:4])
    assert rebuilt.endswith(END)
    assert b"words" not in rebuilt


def test_a_damaged_transparency_is_left_out() -> None:
    clear = chunk(b"tRNS", bytes(200))
    for wrong in (clear[:-4] + WRONG, chunk(b"tRNS", bytes(257))):
        rebuilt = rebuild(png(palette(256) + wrong, b"", 8, 3)[: -len(END)], POLICY)
        assert b"tRNS" not in rebuilt
    assert b"tRNS" not in rebuild(png(clear + palette(256), b"", 8, 3)[: -len(END)], POLICY)
    assert b"tRNS" not in rebuild(png(palette(256), clear, 8, 3)[: -len(END)], POLICY)


def test_an_animation_cut_in_a_later_frame_gives_its_first() -> None:
    whole = png(chunk(b"acTL", struct.pack(">II", 2, 0)) + chunk(b"fcTL", bytes(26)), chunk(b"fdAT", bytes(500)))
    for end in (len(whole) - 12, len(whole) - 100, len(whole) - 500):
        prepared, _ = run(whole[:end])
        assert prepared.steps[0] == "first frame"
    assert refuse(whole[:-12], Policy(animations=Animations.REJECT))[0] is Reason.TOO_MANY_FRAMES


HEADERS: dict[str, tuple[Callable[[], bytes], Reason]] = {
    "3 bits": (lambda: header(3, 2), Reason.CORRUPT_IMAGE),
    "colour type 5": (lambda: header(8, 5), Reason.CORRUPT_IMAGE),
    "compression method 1": (lambda: header(compression=1), Reason.UNSUPPORTED_FORMAT),
    "filter method 64": (lambda: header(filters=64), Reason.UNSUPPORTED_FORMAT),
    "interlacing method 2": (lambda: header(interlaced=2), Reason.UNSUPPORTED_FORMAT),
    "0 and 200 pixels": (
        lambda: SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", 0, 200, 8, 2, 0, 0, 0)),
        Reason.CORRUPT_IMAGE,
    ),
    "12 bytes": (lambda: SIGNATURE + chunk(b"IHDR", bytes(12)), Reason.CORRUPT_IMAGE),
    "its header is missing": (lambda: SIGNATURE, Reason.CORRUPT_IMAGE),
}


@pytest.mark.parametrize("words", HEADERS)
def test_an_impossible_header_is_named(words: str) -> None:
    make, expected = HEADERS[words]
    reason, detail = refuse(_file(PACKED, first=make()))
    assert reason is expected
    assert words in detail


def test_apples_changed_pngs_are_refused_by_name() -> None:
    reason, detail = refuse(SIGNATURE + chunk(b"CgBI", b"\x50\0\x20\2") + PLAIN[8:])
    assert reason is Reason.UNSUPPORTED_FORMAT
    assert "CgBI" in detail
    assert "upload the original PNG" in detail


def test_a_damaged_name_is_no_unknown_chunk() -> None:
    """The checksum covers the name."""
    assert "chunks are broken" in refuse_corrupt(PLAIN.replace(b"IDAT", b"IDAU"))
    assert refuse(PLAIN[:33] + chunk(b"IDAU", b"") + PLAIN[33:])[0] is Reason.UNSUPPORTED_FORMAT


def test_a_damaged_giant_is_refused_before_it_is_inflated() -> None:
    first = SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    assert refuse(_file(PACKED, first=first, end=b""))[0] is Reason.TOO_MANY_PIXELS


def test_filters_are_checked_in_every_row() -> None:
    for start in row_starts()[:-1:17]:
        data = bytearray(ROWS)
        data[start] = 9
        assert "pixel data is damaged" in _refuse(_file(zlib.compress(bytes(data))))


def test_a_stream_that_ends_before_its_last_row_ends_the_search() -> None:
    """zlib keeps what follows the end of a stream in two places. Reading the second again would never end."""
    width, height = 2000, 1501
    rows = zlib.compress(bytes(1 + 3 * width) * (height - 1))
    shape = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    refuse_corrupt(SIGNATURE + shape + chunk(b"IDAT", rows) + END)
