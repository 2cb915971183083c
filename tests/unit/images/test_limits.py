"""Limits on pixels, sides and bytes: the reason, and the time it takes to refuse."""

import struct
import time
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from imagesearch_ingest.images import Policy, prepare
from imagesearch_ingest.images.encode import encode
from imagesearch_ingest.images.fit import find_fitted_size
from imagesearch_ingest.images.limits import check_size
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from tests.unit.images.pictures import (
    POLICY,
    assert_quarters,
    encoded,
    noise,
    quarters,
    refuse,
    run,
    steps_of,
)

LIMIT_PAIRS = st.tuples(st.integers(1, 400), st.integers(1, 400)).map(lambda pair: (min(pair), max(pair)))


def _refusal(width: int, height: int, limits: Policy) -> Reason | None:
    try:
        check_size(width, height, limits)
    except IngestError as error:
        return error.reason
    return None


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _bomb(kind: str) -> bytes:
    """Return a header of 60000x60000 pixels with almost nothing behind it."""
    side = 60000
    if kind == "PNG":
        header = _chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0))
        return b"\x89PNG\r\n\x1a\n" + header + _chunk(b"IDAT", zlib.compress(bytes(1000))) + _chunk(b"IEND", b"")
    if kind == "GIF":  # its disposal makes Pillow take memory for the frame while opening the file
        control = b"!\xf9\x04\x08\0\0\0\0"
        return (
            b"GIF89a"
            + struct.pack("<HHBBB", 1, 1, 0, 0, 0)
            + control
            + (b"," + struct.pack("<HHHHB", 0, 0, side, side, 0) + b"\x08\x01\x00\x00;")
        )
    if kind == "BMP":
        return b"BM" + struct.pack("<IHHI", 0, 0, 0, 54) + struct.pack("<IiiHHIIiiII", 40, side, side, 1, 24, *[0] * 6)
    if kind == "WEBP":
        last = 16_383  # the format's largest side, less one
        canvas = struct.pack("<I", last)[:3] * 2
        image = b"VP8L" + struct.pack("<IBI", 6, 0x2F, last | last << 14) + b"\0"
        body = b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + canvas + image
        return b"RIFF" + struct.pack("<I", len(body)) + body
    if kind == "PPM":
        return b"P6 60000 60000 255\n" + bytes(100)
    return _jpeg_of(side)


def _jpeg_of(side: int) -> bytes:
    jpeg = bytearray(encoded(quarters(), "JPEG"))
    frame = jpeg.index(b"\xff\xc0")
    jpeg[frame + 5 : frame + 9] = struct.pack(">HH", side, side)
    return bytes(jpeg)


@pytest.mark.parametrize("kind", ["PNG", "GIF", "BMP", "WEBP", "PPM", "JPEG"])
def test_a_bomb_is_refused_from_its_header(kind: str) -> None:
    prepare(encoded(quarters(), kind), POLICY)  # so that the clock does not see the plugin's import
    data = _bomb(kind)
    began = time.thread_time()
    reason, _ = refuse(data)
    assert reason is Reason.TOO_MANY_PIXELS
    assert time.thread_time() - began < 0.1


def test_the_detail_names_the_finding_and_the_limit() -> None:
    assert refuse(_bomb("PNG")) == (
        Reason.TOO_MANY_PIXELS,
        "60000x60000 is 3600.0 megapixels; the limit is 200 (INGEST_MAX_SOURCE_MEGAPIXELS)",
    )
    assert refuse(encoded(quarters(60, 60), "PNG")) == (
        Reason.IMAGE_TOO_SMALL,
        "60x60 pixels; both sides must be at least 100",
    )
    assert refuse(encoded(quarters(5000, 40), "PNG")) == (
        Reason.IMAGE_TOO_LONG,
        "5000x40 pixels; no scale brings both sides within 100 to 4096",
    )


@pytest.mark.parametrize("size", [(320, 200), (5000, 3000)], ids=["passed through", "encoded"])
def test_a_limit_on_sides_holds_on_both_paths(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit added to ``check_size`` needs no second place."""

    def refuse_all(*_: object) -> None:
        raise IngestError(Reason.IMAGE_TOO_LONG, "a limit of the future")

    data = encoded(quarters(*size), "PNG")
    assert prepare(data, POLICY).width == min(size[0], 4096)
    monkeypatch.setattr("imagesearch_ingest.images.limits._check_proportions", refuse_all)
    assert refuse(data) == (Reason.IMAGE_TOO_LONG, "a limit of the future")


@pytest.mark.parametrize("limit", [0.0639, 0.064])
def test_an_image_exactly_at_the_limit_is_allowed(limit: float) -> None:
    data = encoded(quarters(320, 200), "PNG")
    if limit < 0.064:
        assert refuse(data, Policy(max_megapixels=limit))[0] is Reason.TOO_MANY_PIXELS
    else:
        assert prepare(data, Policy(max_megapixels=limit)).width == 320


@given(st.integers(1, 20000), st.integers(1, 20000), LIMIT_PAIRS)
def test_sides_are_accepted_if_some_reduction_fits(width: int, height: int, sides: tuple[int, int]) -> None:
    limits = Policy(min_side=sides[0], max_side=sides[1], max_megapixels=10_000)
    shorter, longer = min(width, height), max(width, height)
    # The best scale is the largest allowed one: 1, or the one that brings the longer side to its limit.
    fits = shorter >= sides[0] if longer <= sides[1] else shorter * sides[1] >= sides[0] * longer
    refused = _refusal(width, height, limits)
    if fits:
        assert refused is None
    else:
        too_long = longer * sides[0] > shorter * sides[1]
        assert refused is (Reason.IMAGE_TOO_LONG if too_long else Reason.IMAGE_TOO_SMALL)


@given(st.integers(1, 70000), st.integers(1, 70000), LIMIT_PAIRS)
def test_fitted_sides_are_within_the_limits(width: int, height: int, sides: tuple[int, int]) -> None:
    limits = Policy(min_side=sides[0], max_side=sides[1], max_megapixels=10_000)
    if _refusal(width, height, limits):
        return
    fitted = find_fitted_size(width, height, limits)
    assert all(sides[0] <= side <= sides[1] for side in fitted)
    assert fitted[0] <= width
    assert fitted[1] <= height
    if max(width, height) > sides[1]:
        scale = sides[1] / max(width, height)
        assert abs(fitted[0] - width * scale) <= 0.5001
        assert abs(fitted[1] - height * scale) <= 0.5001


@pytest.mark.parametrize(("size", "fitted"), [((4096, 100), (4096, 100)), ((5000, 3000), (4096, 2458))])
def test_only_large_images_are_scaled_down(size: tuple[int, int], fitted: tuple[int, int]) -> None:
    prepared, image = run(encoded(quarters(*size), "PNG"))
    assert image.size == fitted
    assert_quarters(image)
    expected = (f"{size[0]}x{size[1]} to {fitted[0]}x{fitted[1]}",) if size != fitted else ()
    assert steps_of(prepared) == ((*expected, "encoded at q90") if expected else ())


def test_a_heavy_image_loses_quality_then_pixels() -> None:
    data = encoded(noise(800, 600), "PNG")
    whole = len(encode(noise(800, 600), POLICY, len(data)).data)
    lighter = prepare(data, Policy(max_bytes=whole - 1))
    assert (lighter.width, lighter.height, steps_of(lighter)) == (800, 600, ("encoded at q80",))
    smaller = prepare(data, Policy(max_bytes=whole // 3))
    assert smaller.width < 800
    assert len(smaller.data) <= whole // 3
    assert smaller.width * 3 == smaller.height * 4


def test_an_image_that_cannot_fit_is_refused() -> None:
    reason, detail = refuse(encoded(noise(400, 300), "PNG"), Policy(max_bytes=500))
    assert reason is Reason.CANNOT_FIT_SIZE
    assert "the limit is 500 bytes" in detail


def test_shrinking_stops_at_the_shortest_side() -> None:
    image = noise(400, 120)
    small = len(encode(image, Policy(min_side=60), 0).data) // 4
    assert encode(image, Policy(min_side=60, max_bytes=small), 0).height == 60
    with pytest.raises(IngestError) as caught:
        encode(image, Policy(min_side=100, max_bytes=small), 0)
    assert caught.value.reason is Reason.CANNOT_FIT_SIZE


def test_running_out_of_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*_: object, **__: object) -> None:
        raise MemoryError

    data = encoded(quarters(5000, 3000), "PNG")
    monkeypatch.setattr(Image, "frombuffer", exhausted)
    reason, detail = refuse(data)
    assert reason is Reason.TOO_MANY_PIXELS
    assert "memory ran out" in detail
