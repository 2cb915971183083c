"""Every documented format (AddImage reference, PicContent) goes in, one kind of JPEG comes out."""

import struct
import sys
from concurrent.futures import ThreadPoolExecutor
from subprocess import run as run_process
from typing import Any

import pytest
from PIL import Image, ImageFile

from imagesearch_ingest.images import Policy, prepare
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from tests.unit.images.pictures import (
    POLICY,
    RED,
    assert_quarters,
    close,
    colour_at,
    encoded,
    noise,
    quarters,
    run,
    srgb_profile,
)

EVERY_FORMAT: list[tuple[str, dict[str, Any]]] = [
    ("PNG", {}),
    ("JPEG", {"quality": 95}),
    ("JPEG", {"quality": 95, "progressive": True}),
    ("BMP", {}),
    ("GIF", {}),
    ("WEBP", {"quality": 95}),
    ("WEBP", {"lossless": True}),
    ("TIFF", {}),
    ("TIFF", {"compression": "tiff_lzw"}),
    ("TIFF", {"compression": "tiff_adobe_deflate"}),
    ("TIFF", {"big_tiff": True}),
    ("PPM", {}),
]


@pytest.mark.parametrize(("file_format", "options"), EVERY_FORMAT)
def test_each_format_shows_the_same_image(file_format: str, options: dict[str, Any]) -> None:
    data = encoded(quarters(), file_format, **options)
    prepared, image = run(data)
    assert_quarters(image)
    assert prepared.format == ("JPEG" if options.get("big_tiff") else file_format)
    assert (prepared.source_format, prepared.source_bytes) == (file_format, len(data))
    assert (prepared.source_width, prepared.source_height) == (320, 200) == image.size


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA"])
def test_a_png_of_any_mode_keeps_its_colours(mode: str) -> None:
    _, image = run(encoded(quarters().convert(mode), "PNG"))
    assert image.size == (320, 200)


@pytest.mark.parametrize("file_format", ["GIF", "WEBP", "PNG", "TIFF"])
def test_the_first_frame_of_an_animation_is_used(file_format: str) -> None:
    others = [Image.new("RGB", (320, 200), colour) for colour in ("black", "white")]
    options = {"lossless": True} if file_format == "WEBP" else {}
    prepared, image = run(encoded(quarters(), file_format, save_all=True, append_images=others, **options))
    assert_quarters(image)
    assert "first frame" in prepared.steps


def test_the_first_image_of_an_mpo_is_used() -> None:
    data = encoded(quarters(), "MPO", save_all=True, append_images=[Image.new("RGB", (320, 200))])
    prepared, image = run(data)
    assert_quarters(image)
    assert prepared.source_format == "JPEG"


def test_no_metadata_is_left() -> None:
    exif = Image.Exif()
    exif[0x010E] = "secret description"
    exif[0x0112] = 1
    data = encoded(
        quarters(),
        "JPEG",
        exif=exif.tobytes(),
        icc_profile=srgb_profile(),
        comment=b"secret comment",
        dpi=(300, 300),
        xmp=b"<x:xmpmeta>secret</x:xmpmeta>",
    )
    prepared, image = run(data)
    assert b"secret" not in prepared.data
    assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi"}
    assert prepared.steps == ("EXIF removed", "XMP removed", "ICC profile removed", "comment removed")


def test_threads_give_the_same_bytes() -> None:
    data = [encoded(noise(), "TIFF", icc_profile=srgb_profile()), encoded(quarters(), "PNG", dpi=(90, 90))]
    expected = [prepare(one, POLICY) for one in data]
    with ThreadPoolExecutor(8) as threads:
        results = list(threads.map(lambda n: prepare(data[n % 2], POLICY), range(64)))
    assert results == [expected[n % 2] for n in range(64)]


def test_changed_pillow_switches_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    jpeg = encoded(noise(), "JPEG")
    assert prepare(jpeg, Policy(max_megapixels=0.07)).width == 320
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    with pytest.raises(IngestError) as caught:
        prepare(jpeg[: len(jpeg) // 2], POLICY)
    assert caught.value.reason is Reason.CORRUPT_IMAGE


def test_only_needed_plugins_are_imported() -> None:
    program = (
        "import sys; from imagesearch_ingest.images import Policy, prepare; "
        "prepare(sys.stdin.buffer.read(), Policy()); print(sorted(m for m in sys.modules if m.startswith('PIL.')))"
    )
    done = run_process(  # noqa: S603 (our own interpreter, our own words)
        [sys.executable, "-c", program], input=encoded(quarters(), "PNG"), capture_output=True, check=True
    )
    imported = done.stdout.decode()
    for unneeded in ("ImageCms", "WebPImagePlugin", "TiffImagePlugin", "PsdImagePlugin", "AvifImagePlugin"):
        assert unneeded not in imported


def test_pillow_warnings_are_hidden(recwarn: pytest.WarningsRecorder) -> None:
    """Half of the TIFF's tags announce too much data, and Pillow warns about each."""
    tiff = bytearray(encoded(quarters(), "TIFF", description="a" * 40, software="b" * 40))
    at = tiff.index(struct.pack("<HHI", 270, 2, 41))
    tiff[at + 4 : at + 8] = struct.pack("<I", 2_000_000_000)
    _, image = run(bytes(tiff))
    assert close(colour_at(image, (10, 10)), RED)
    assert not recwarn.list
