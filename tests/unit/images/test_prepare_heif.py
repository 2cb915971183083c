"""AVIF, which Pillow reads, and HEIC, which an extra reads. The service accepts neither."""

import subprocess
import sys
from io import BytesIO

import pillow_heif
import pytest
from PIL import Image

from imagesearch_ingest.images import Policy, prepare
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from tests.unit.images.pictures import (
    POLICY,
    assert_quarters,
    close,
    colour_at,
    encoded,
    noise,
    quarters,
    run,
    srgb_profile,
    steps_of,
)


def heic(image: Image.Image, orientation: int = 1, profile: bytes | None = None) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    buffer = BytesIO()
    file = pillow_heif.from_pillow(image)
    file.info["icc_profile"] = profile
    file.save(buffer, quality=90, exif=exif.tobytes())
    return buffer.getvalue()


def avif(image: Image.Image, orientation: int = 1) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(image, "AVIF", quality=95, speed=10, exif=exif.tobytes())


@pytest.mark.parametrize(("data", "source_format"), [(heic(quarters()), "HEIC"), (avif(quarters()), "AVIF")], ids=str)
def test_avif_and_heic_become_jpeg(data: bytes, source_format: str) -> None:
    prepared, image = run(data)
    assert (prepared.source_format, prepared.format) == (source_format, "JPEG")
    assert_quarters(image, tolerance=16)
    assert steps_of(prepared) == ("encoded at q90",)


@pytest.mark.parametrize("make", [heic, avif])
def test_avif_and_heic_are_turned_upright(make: type) -> None:
    stored = quarters().transpose(Image.Transpose.ROTATE_90)
    prepared, image = run(make(stored, orientation=6))
    assert_quarters(image, tolerance=16)
    assert (prepared.displayed_width, prepared.displayed_height) == (320, 200)


def test_transparency_is_flattened() -> None:
    clear = Image.new("RGBA", (320, 200), (255, 0, 0, 0))
    for data in (heic(clear), avif(clear)):
        prepared, image = run(data)
        assert close(colour_at(image, (160, 100)), (255, 255, 255))
        assert "flattened" in prepared.steps


def test_an_srgb_profile_changes_nothing() -> None:
    prepared, image = run(heic(quarters(), profile=srgb_profile()))
    assert_quarters(image, tolerance=16)
    assert steps_of(prepared) == ("encoded at q90",)


@pytest.mark.parametrize("make", [heic, avif])
def test_a_file_cut_anywhere_is_corrupt(make: type) -> None:
    data = make(noise(200, 120))
    for share in (0.1, 0.5, 0.9, 0.99):
        with pytest.raises(IngestError) as caught:
            prepare(data[: int(len(data) * share)], POLICY)
        assert caught.value.reason is Reason.CORRUPT_IMAGE


def test_too_many_pixels_are_refused_from_the_header() -> None:
    for data in (heic(quarters()), avif(quarters())):
        with pytest.raises(IngestError) as caught:
            prepare(data, Policy(max_megapixels=0.06))
        assert caught.value.reason is Reason.TOO_MANY_PIXELS


def test_heic_without_its_extra_is_refused_with_a_hint() -> None:
    """Run a process in which pi-heif cannot be found."""
    program = (
        "import sys\n"
        "sys.modules['pi_heif'] = None\n"
        "from imagesearch_ingest.model.errors import IngestError\n"
        "from imagesearch_ingest.images import Policy, prepare\n"
        "try: prepare(sys.stdin.buffer.read(), Policy())\n"
        "except IngestError as error: print(error.reason.code, '|', error.detail, '|', error.reason.hint)\n"
    )
    result = subprocess.run(  # noqa: S603 - this very interpreter
        [sys.executable, "-c", program], input=heic(quarters()), capture_output=True, check=True, timeout=60
    )
    assert result.stdout.startswith(b"heic_not_installed | a HEIC picture")
    assert b"HEIC=1" in result.stdout
