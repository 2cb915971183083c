"""Check that a contender did the work: the right size, upright, in the right colours, at the right quality."""

from dataclasses import dataclass
from io import BytesIO
from typing import cast

from PIL import Image, ImageChops, ImageFile, ImageStat, JpegImagePlugin

from benchmarks.images.sources import Source

_COARSE = (32, 32)
_SHORTEST = 7 / 8  # of the wanted longer side: a decoder's own scaling may end there
_FULL_CHROMA, _SUBSAMPLED_420 = 0, 2  # Pillow's numbers for 4:4:4 and 4:2:0
_METADATA = {"exif", "xmp", "icc_profile", "photoshop", "comment"}
_PROBE_SIDE = 16


class WrongWorkError(Exception):
    """The output is not the requested one."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The requirements on an output. ``reference`` is the output of the plain Pillow contender."""

    source: Source
    limit: int
    reference: bytes

    def check(self, name: str, output: bytes) -> None:
        if problem := self._find_problem(_open(name, output)):
            raise WrongWorkError(f"{name}, {self.source.title} at {self.limit} px: {problem}")

    def _find_problem(self, image: ImageFile.ImageFile) -> str | None:
        return self._check_size(image) or self._check_encoding(image) or self._check_pixels(image)

    def _check_encoding(self, image: ImageFile.ImageFile) -> str | None:
        """Accept an unchanged image in another format than JPEG, since it may pass through."""
        if image.format == self.source.passes_as != "JPEG":
            return None if image.size == (self.source.width, self.source.height) else "encoded again, but not as JPEG"
        may_pass = self.source.passes_in_full_chroma and image.size == (self.source.width, self.source.height)
        sampling = {_SUBSAMPLED_420, _FULL_CHROMA} if may_pass else {_SUBSAMPLED_420}
        return _check_jpeg(cast("JpegImagePlugin.JpegImageFile", image), sampling)

    def _check_size(self, image: Image.Image) -> str | None:
        width, height = self.source.width, self.source.height
        upright = (height, width) if self.source.turned else (width, height)
        longest = min(max(upright), self.limit)
        if not longest * _SHORTEST - 1 <= max(image.size) <= longest:
            return f"the size is {image.size}; the longer side must be {longest}"
        exact = image.width * upright[1] / upright[0]
        return (
            None
            if abs(image.height - exact) <= 1
            else f"the size is {image.size}; the proportions must be those of {upright}"
        )

    def _check_pixels(self, image: Image.Image) -> str | None:
        output, reference = _shrink(image), _shrink(Image.open(BytesIO(self.reference)))
        distances = {turn: _measure_distance(_turn(output, turn), reference) for turn in (None, *Image.Transpose)}
        nearest = min(distances, key=lambda turn: distances[turn])
        if nearest is not None:
            return f"not upright: {nearest.name} is nearer to the reference"
        upright = distances[None]
        return None if upright <= self.source.tolerance else f"{upright:.1f} levels away from plain Pillow's output"


def quantization(quality: int) -> dict[int, list[int]]:
    """Return the tables of ITU-T T.81 annex K, scaled as in libjpeg, from which all encoders here descend."""
    buffer = BytesIO()
    Image.new("RGB", (_PROBE_SIDE, _PROBE_SIDE)).save(buffer, "JPEG", quality=quality)
    return _read_tables(cast("JpegImagePlugin.JpegImageFile", _open("Pillow", buffer.getvalue())))


def _open(name: str, output: bytes) -> ImageFile.ImageFile:
    try:
        image = Image.open(BytesIO(output))
        Image.open(BytesIO(output)).load()
    except OSError as error:
        raise WrongWorkError(f"{name}: the output does not decode ({error})") from error
    return image


def _check_jpeg(image: JpegImagePlugin.JpegImageFile, sampling: set[int]) -> str | None:
    if image.format != "JPEG":
        return f"{image.format} instead of JPEG"
    if image.mode != "RGB":
        return f"{image.mode} instead of colour"
    if JpegImagePlugin.get_sampling(image) not in sampling:
        return "not subsampled 4:2:0"
    if _read_tables(image) != quantization(90):
        return "the quality is not 90"
    left = _METADATA & set(image.info)
    return f"metadata is left: {', '.join(sorted(left))}" if left else None


def _read_tables(image: JpegImagePlugin.JpegImageFile) -> dict[int, list[int]]:
    return {number: list(table) for number, table in image.quantization.items()}


def _shrink(image: Image.Image) -> Image.Image:
    return image.convert("RGB").resize(_COARSE, Image.Resampling.BOX)


def _turn(image: Image.Image, turn: Image.Transpose | None) -> Image.Image:
    return image if turn is None else image.transpose(turn)


def _measure_distance(one: Image.Image, other: Image.Image) -> float:
    """Return levels, averaged over pixels and bands."""
    means = ImageStat.Stat(ImageChops.difference(one, other)).mean
    return sum(means) / len(means)
