import tracemalloc
import zlib

import pytest

from imagesearch_ingest.images.formats.png import pass_through as module
from imagesearch_ingest.images.formats.png.rows import ANY_WINDOW, are_rows_complete
from tests.unit.images.formats.png.png_files import END, chunk, header, row_starts, rows
from tests.unit.images.formats.stripping import accepted

INTERLACED = pytest.mark.parametrize("interlaced", [0, 1], ids=["straight", "interlaced"])
LAYOUTS = pytest.mark.parametrize(("depth", "colour_type"), [(1, 0), (4, 0), (8, 0), (8, 2)])


def _with(packed: bytes, depth: int = 8, colour_type: int = 2, *, interlaced: int = 0) -> bytes:
    return header(depth, colour_type, interlaced=interlaced) + chunk(b"IDAT", packed) + END


@INTERLACED
@LAYOUTS
def test_rows_are_counted(depth: int, colour_type: int, interlaced: int) -> None:
    whole = rows(depth, colour_type, interlaced=interlaced)
    for pixels, is_complete in (
        (whole, True),
        (whole[:-1], False),
        (whole + b"\0", False),
        (whole * 2, False),
        (b"", False),
    ):
        data = _with(zlib.compress(pixels), depth, colour_type, interlaced=interlaced)
        assert are_rows_complete(data, ANY_WINDOW) is is_complete


@INTERLACED
@LAYOUTS
def test_every_row_needs_a_legal_filter(depth: int, colour_type: int, interlaced: int) -> None:
    for start in row_starts(depth, colour_type, interlaced=interlaced)[:-1]:
        pixels = rows(depth, colour_type, interlaced=interlaced)
        pixels[start] = 5
        assert not are_rows_complete(
            _with(zlib.compress(pixels, 1), depth, colour_type, interlaced=interlaced), ANY_WINDOW
        )


def test_the_stream_must_be_complete_and_alone() -> None:
    packed = zlib.compress(rows())
    assert accepted(module, _with(packed))
    wrong_sum = packed[:-1] + bytes((packed[-1] ^ 1,))
    for stream in (packed[:-1], packed[:-4], wrong_sum, packed + b"\0", packed[1:], packed + packed):
        assert accepted(module, _with(stream)) is None
    assert accepted(module, header() + chunk(b"IDAT", packed) + chunk(b"IDAT", b"more") + END) is None
    assert accepted(module, header() + chunk(b"IDAT", packed) + chunk(b"IDAT", b"") + END)


def test_a_bomb_takes_no_memory() -> None:
    bomb = _with(zlib.compress(bytes(50_000_000), 9))
    tracemalloc.start()
    try:
        assert not are_rows_complete(bomb, ANY_WINDOW)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4_000_000
