"""libvips scales, and converts colours before depth. What it refuses, Pillow decides."""

import logging
import math
import struct
import subprocess
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import StringIO
from itertools import product

import pytest
from PIL import Image, ImageStat

from imagesearch_ingest.images import Policy, prepare, vips
from imagesearch_ingest.images.fit import resize
from tests.decoders.profiles import display_p3, gamma_one, gamma_one_grey
from tests.unit.images.formats.png.png_files import chunk, pack_rows, png_of
from tests.unit.images.pictures import encoded, noise, quarters, refuse_corrupt, run

HALF = Policy(longest_side=160)
WIDTH = 512
SAMPLES = [round(column * 1311 / (WIDTH - 1)) for column in range(WIDTH)]  # up to a fiftieth of the light


def wide_png(colour_type: int, profile: bytes) -> bytes:
    """Return a dark gradient of 16 bits with a profile, opaque in every kind."""
    pixel = {0: [0], 2: [0, 0, 0], 4: [0, 1], 6: [0, 0, 0, 1]}[colour_type]
    row = b"\0" + b"".join(struct.pack(">H", 65535 if alpha else sample) for sample in SAMPLES for alpha in pixel)
    body = struct.pack(">IIBBBBB", WIDTH, 128, 16, colour_type, 0, 0, 0)
    parts = [(b"IHDR", body), (b"iCCP", b"p\0\0" + zlib.compress(profile)), (b"IDAT", zlib.compress(row * 128))]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts) + chunk(b"IEND", b"")


def to_srgb(light: float) -> float:
    """Return the level of this share of light (IEC 61966-2-1)."""
    return 255 * (light * 12.92 if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize("colour_type", [0, 2, 4, 6])
def test_a_profile_applies_before_16_bits_become_8(colour_type: int) -> None:
    """Of 8 bits, only six levels would be left here."""
    is_grey = colour_type in {0, 4}
    prepared, image = run(wide_png(colour_type, gamma_one_grey() if is_grey else gamma_one()), Policy(quality=95))
    shown = [image.getpixel((column, 64))[1] for column in range(WIDTH)]
    assert len(set(shown)) > 36
    for sample, level in zip(SAMPLES, shown, strict=True):
        assert abs(level - to_srgb(sample / 65535)) < 2
    assert prepared.steps[:2] == (f"{'grey' if is_grey else 'rgb'} to srgb by its profile", "16 to 8 bits")


def test_a_profile_that_does_not_fit_leaves_16_bits_as_they_are() -> None:
    prepared, image = run(wide_png(2, gamma_one_grey()))
    assert prepared.steps[:2] == ("16 to 8 bits", "rgb to srgb without its profile, which does not fit")
    assert image.getpixel((WIDTH - 1, 64)) == (5, 5, 5)


@pytest.mark.parametrize(("name", "highest"), [("uchar", 255), ("ushort", 65535)])
@pytest.mark.parametrize("profile", [gamma_one(), gamma_one_grey()], ids=["rgb", "grey"])
def test_every_level_is_converted_by_its_own_value(name: str, highest: int, profile: bytes) -> None:
    """LittleCMS would draw straight lines between 33 levels of grey: dark tones would be far off."""
    levels = vips.get_vips().Image.identity(ushort=name == "ushort")
    source = levels if profile == gamma_one_grey() else levels.bandjoin([levels, levels])
    converted = vips.convert_to_srgb(source, profile)
    assert converted is not None
    shown = bytes(converted[0].write_to_memory())
    for level in range(0, highest + 1, highest // 255):
        assert abs(shown[level] - to_srgb(level / highest)) < 1.5, level


@pytest.mark.parametrize("profile", [gamma_one_grey(), gamma_one()[:140], b"", b"no profile"])
def test_a_profile_that_cannot_be_applied_is_reported(profile: bytes) -> None:
    image = vips.get_vips().Image.black(4, 4, bands=3).cast("ushort")
    assert vips.convert_to_srgb(image, profile) is None


def test_16_bits_are_rounded_to_the_nearest_level() -> None:
    levels = b"".join(struct.pack("=H", level) for level in range(65536))
    image = vips.get_vips().Image.new_from_memory(levels, 256, 256, 1, "ushort")
    reduced = vips.render(vips.reduce_depth(image)).tobytes()
    assert list(reduced) == [(level * 255 + 32767) // 65535 for level in range(65536)]


def find_signal_to_noise(one: Image.Image, other: Image.Image) -> float:
    """Return decibels."""
    difference = [
        (a - b) ** 2 for a, b in zip(one.convert("RGB").tobytes(), other.convert("RGB").tobytes(), strict=True)
    ]
    return 10 * math.log10(255**2 / max(sum(difference) / len(difference), 1e-9))


@pytest.mark.parametrize("mode", ["L", "RGB", "YCbCr", "CMYK", "RGBA"])
@pytest.mark.parametrize("size", [(300, 188), (200, 125), (90, 56)])
def test_scaling_in_memory_is_as_sharp_as_lanczos(mode: str, size: tuple[int, int]) -> None:
    source = noise().resize((400, 250), Image.Resampling.BICUBIC).convert(mode)
    source.info["dpi"] = (72, 72)
    scaled = resize(source, size)
    assert (scaled.mode, scaled.size, scaled.info) == (mode, size, {"dpi": (72, 72)})
    assert find_signal_to_noise(scaled, source.resize(size, Image.Resampling.LANCZOS)) > 33


def test_scaling_does_not_move_the_image() -> None:
    ramp = Image.linear_gradient("L").resize((400, 400), Image.Resampling.BILINEAR)
    means = [ImageStat.Stat(image).mean[0] for image in (ramp, resize(ramp, (150, 150)))]
    assert means[0] == pytest.approx(means[1], abs=0.2)
    flipped = resize(ramp.transpose(Image.Transpose.FLIP_TOP_BOTTOM), (150, 150))
    assert find_signal_to_noise(flipped.transpose(Image.Transpose.FLIP_TOP_BOTTOM), resize(ramp, (150, 150))) > 48


@pytest.mark.parametrize(("file_format", "lossless"), [("PNG", True), ("WEBP", True), ("WEBP", False)])
def test_hidden_colours_do_not_show(file_format: str, *, lossless: bool) -> None:
    """White stripes stand on clear red."""
    image = Image.new("RGBA", (640, 400), (255, 0, 0, 0))
    for left in range(0, 640, 32):
        image.paste((255, 255, 255, 255), (left, 0, left + 16, 400))
    options = {"lossless": lossless, "exact": True, "quality": 95} if file_format == "WEBP" else {}
    _, shown = run(encoded(image, file_format, **options), replace(HALF, background_if_unseen=None))
    assert min(low for low, _ in shown.getextrema()) > 235


def test_a_webp_is_scaled_to_the_wanted_size() -> None:
    for size, mode in product([(640, 400), (641, 403), (1000, 333)], ["RGB", "RGBA"]):
        prepared, _ = run(encoded(quarters(*size).convert(mode), "WEBP"), Policy(longest_side=320))
        assert (prepared.width, prepared.source_width) == (320, size[0])
        assert abs(prepared.height - size[1] * 320 / size[0]) <= 0.5
        assert prepared.steps[0] == f"{size[0]}x{size[1]} to {prepared.width}x{prepared.height}"


def test_pixels_beyond_the_end_of_a_palette_are_read() -> None:
    rows = pack_rows(Image.linear_gradient("L").resize((320, 200)))
    data = png_of(3, zlib.compress(rows), chunk(b"PLTE", bytes((200, 0, 0)) * 40))
    _, image = run(data)
    assert image.getpixel((160, 2))[0] > 190


def test_several_threads_scale_at_once() -> None:
    files = [
        encoded(noise(600, 400), "JPEG", quality=90),
        encoded(noise(600, 400), "WEBP"),
        encoded(noise(600, 400).convert("RGBA"), "PNG"),
        encoded(noise(600, 400), "PNG", icc_profile=display_p3()),
        wide_png(2, gamma_one()),
    ] * 6
    expected = [prepare(data, HALF) for data in files]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda data: prepare(data, HALF), files)) == expected


@pytest.mark.parametrize("file_format", ["PNG", "WEBP"])
def test_broken_files_are_met_with_silence(file_format: str, capfd: pytest.CaptureFixture[str]) -> None:
    """On Lambda, the root logger has a handler."""
    written = StringIO()
    handler, root = logging.StreamHandler(written), logging.getLogger()
    root.addHandler(handler)
    level = root.level
    root.setLevel(logging.DEBUG)
    handler.setFormatter(logging.Formatter("%(name)s"))
    try:
        data = encoded(noise(), file_format)
        for share in (0.3, 0.6, 0.9):
            refuse_corrupt(data[: int(len(data) * share)])
        assert (
            vips.attempt(lambda: vips.render(vips.open_image(data[:-2000], "webp" if data[:1] == b"R" else "png")))
            is None
        )
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    assert capfd.readouterr() == ("", "")
    assert "pyvips" not in written.getvalue()


def test_an_image_that_needs_no_decoding_does_not_import_libvips() -> None:
    program = (
        "import sys; from imagesearch_ingest.images import Policy, prepare; "
        "prepare(sys.stdin.buffer.read(), Policy()); sys.exit('pyvips' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], input=encoded(quarters(), "JPEG", quality=95), check=True)  # noqa: S603 (our own interpreter, our own words)


@pytest.mark.parametrize("refuses", [False, True])
def test_a_large_image_is_converted_while_it_is_encoded(monkeypatch: pytest.MonkeyPatch, *, refuses: bool) -> None:
    """If libvips fails, Pillow converts and encodes."""
    data = encoded(quarters(1800, 1200), "JPEG", quality=95, icc_profile=display_p3())
    if refuses:
        failing = vips.get_vips().Error
        monkeypatch.setattr(vips, "_embed", lambda *_: (_ for _ in ()).throw(failing("no memory")))
    prepared, image = run(data, Policy(max_bytes=60_000))
    assert prepared.steps[0] == "rgb to srgb by its profile"
    assert len(prepared.data) <= 60_000
    # (220, 30, 30) of Display P3 has more red than sRGB holds (CSS Color 4, section 10).
    assert image.getpixel((200, 200))[0] > 235
    assert image.getpixel((1600, 200))[1] > 195


def test_pillow_decides_about_what_libvips_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*_: object) -> None:
        raise vips.get_vips().Error("out of memory")

    monkeypatch.setattr(vips, "_resize_bands", exhausted)
    assert prepare(encoded(noise(), "PNG"), HALF).width == 160
    assert prepare(encoded(noise(), "JPEG", quality=95), Policy(longest_side=200)).width == 200
