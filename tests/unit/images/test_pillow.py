"""The errors of decoders: what they mean, in words of our own."""

import struct

import pytest
import pyvips
from PIL import Image

from imagesearch_ingest.images import prepare
from imagesearch_ingest.images.pillow import translate_errors
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from tests.unit.images.pictures import POLICY, encoded, quarters

CUT_SHORT = "the TIFF data cannot be decoded: the file is cut short"
BROKEN = "the TIFF data cannot be decoded: its structure is broken"
UNREAD = "this kind of TIFF cannot be read; save it as an ordinary JPEG or PNG"


def translate(error: Exception) -> IngestError:
    with pytest.raises(IngestError) as caught, translate_errors("TIFF", 1000):
        raise error
    return caught.value


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        (OSError("image file is truncated (5 bytes not processed)"), CUT_SHORT),
        (OSError("Truncated File Read"), CUT_SHORT),
        (ValueError("Reached EOF while reading header"), CUT_SHORT),
        (ValueError("not enough image data"), CUT_SHORT),
        (EOFError(), CUT_SHORT),
        (struct.error("unpack requires a buffer of 4 bytes"), CUT_SHORT),
        (pyvips.Error("unable to call tiffload", "VipsJpeg: premature end of JPEG image\n"), CUT_SHORT),
        (pyvips.Error("unable to call webpload_buffer", "webp2vips: unexpected end of data"), CUT_SHORT),
        (OSError("broken data stream when reading image file"), BROKEN),
        (SyntaxError("not a TIFF file (header b'II' not valid)"), BROKEN),
        (OSError("decoder error -2"), BROKEN),
        (KeyError(b"\x93 <PIL.Image object at 0x7f00>"), BROKEN),
        (Exception(), BROKEN),
        (ValueError("Memory allocation error: Security limit exceeded: Allocating 9 GB"), BROKEN),
        (pyvips.Error("unable to call pngload_buffer", "pngload_buffer: libspng read error\n"), BROKEN),
    ],
)
def test_damage_is_told_in_plain_words(error: Exception, detail: str) -> None:
    translated = translate(error)
    assert (translated.reason, translated.detail) == (Reason.CORRUPT_IMAGE, detail)
    assert translated.__cause__ is error


@pytest.mark.parametrize(
    "error",
    [
        SyntaxError("unknown pixel mode"),
        OSError("Unsupported BMP compression (7)"),
        SyntaxError("cannot handle 12-bit layers"),
        OSError("Windows Media Photo files not yet supported"),
        pyvips.Error("unable to call tiffload_buffer", "tiff2vips: JPEG compression support not configured\n"),
        pyvips.Error("unable to call heifload_buffer", "heif: Unsupported feature: Unsupported codec (4.3000)\n"),
        pyvips.Error("unable to call x", "VipsOperation: operation is blocked\n"),
        NotImplementedError("this kind is not implemented"),
    ],
)
def test_an_unsupported_kind_is_not_called_damaged(error: Exception) -> None:
    translated = translate(error)
    assert (translated.reason, translated.detail) == (Reason.UNSUPPORTED_FORMAT, UNREAD)


@pytest.mark.parametrize("name", ["JPEG", "PNG", "BMP"])
def test_no_format_is_advised_twice(name: str) -> None:
    with pytest.raises(IngestError) as caught, translate_errors(name, 1000):
        raise OSError("unsupported")
    assert caught.value.detail == f"this kind of {name} cannot be read; save it as an ordinary JPEG or PNG"


def test_a_decoder_without_memory_is_told_as_such() -> None:
    with pytest.raises(MemoryError), translate_errors("TIFF", 1000):
        raise pyvips.Error("unable to call tiffload", "vips_tracked: out of memory --- size == 9 MB")


def test_a_bomb_names_the_limit() -> None:
    translated = translate(Image.DecompressionBombError("Image size (x) exceeds limit"))
    assert translated.reason is Reason.TOO_MANY_PIXELS
    assert translated.detail == "the TIFF header announces more than twice the allowed pixels; the limit is 1000 pixels"


def test_a_bug_of_this_package_is_not_told_as_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imagesearch_ingest.images.decode._BYTES_BY_MODE", None)
    with pytest.raises(AttributeError):
        prepare(encoded(quarters(5000, 5000), "BMP"), POLICY)


@pytest.mark.parametrize("error", [TypeError, AttributeError, AssertionError])
def test_the_same_error_in_a_decoder_is_damage(error: type[Exception]) -> None:
    assert translate(error("an integer is required")).detail == BROKEN
