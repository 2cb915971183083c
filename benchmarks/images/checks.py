"""A time counts only when the work was done: the right size, upright, in the right colours, at the same quality."""

from dataclasses import dataclass
from io import BytesIO
from typing import cast

from PIL import Image, ImageChops, ImageFile, ImageStat, JpegImagePlugin

from benchmarks.images.sources import Source

_COARSE = (32, 32)
_SHORTEST = 7 / 8  # of the longer side wanted: where a decoder's own scaling may end instead of a filter
_SUBSAMPLED_420 = 2  # Pillow's number
_METADATA = {"exif", "xmp", "icc_profile", "photoshop", "comment"}
_PROBE_SIDE = 16


class WrongWorkError(Exception):
    """What was given back is not what was asked for."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an output must be, judged against the plain Pillow contender's."""

    source: Source
    limit: int
    reference: bytes

    def check(self, name: str, output: bytes) -> None:
        if problem := self._problem(_opened(name, output)):
            raise WrongWorkError(f"{name}, {self.source.title} at {self.limit} px: {problem}")

    def _problem(self, image: ImageFile.ImageFile) -> str | None:
        return self._size(image) or self._encoding(image) or self._pixels(image)

    def _encoding(self, image: ImageFile.ImageFile) -> str | None:
        """A picture that conforms in another format than JPEG may stay what it is, within its size."""
        if image.format == self.source.conforming != "JPEG":
            return None if image.size == (self.source.width, self.source.height) else "encoded anew, but not as JPEG"
        return _encoding(cast("JpegImagePlugin.JpegImageFile", image))

    def _size(self, image: Image.Image) -> str | None:
        width, height = self.source.width, self.source.height
        upright = (height, width) if self.source.turned else (width, height)
        longest = min(max(upright), self.limit)
        if not longest * _SHORTEST - 1 <= max(image.size) <= longest:
            return f"{image.size} where the longer side should be {longest}"
        exact = image.width * upright[1] / upright[0]
        return None if abs(image.height - exact) <= 1 else f"{image.size} are other proportions than {upright}"

    def _pixels(self, image: Image.Image) -> str | None:
        output, reference = _coarse(image), _coarse(Image.open(BytesIO(self.reference)))
        distances = {turn: _distance(_turned(output, turn), reference) for turn in (None, *Image.Transpose)}
        nearest = min(distances, key=lambda turn: distances[turn])
        if nearest is not None:
            return f"not upright: {nearest.name} would be nearer"
        upright = distances[None]
        return None if upright <= self.source.tolerance else f"{upright:.1f} levels from plain Pillow's output"


def quantization(quality: int) -> dict[int, list[int]]:
    """The tables of ITU-T T.81 annex K, scaled as libjpeg does, which every contender's encoder descends from."""
    buffer = BytesIO()
    Image.new("RGB", (_PROBE_SIDE, _PROBE_SIDE)).save(buffer, "JPEG", quality=quality)
    return _tables(cast("JpegImagePlugin.JpegImageFile", _opened("Pillow", buffer.getvalue())))


def _opened(name: str, output: bytes) -> ImageFile.ImageFile:
    try:
        image = Image.open(BytesIO(output))
        Image.open(BytesIO(output)).load()
    except OSError as error:
        raise WrongWorkError(f"{name}: no picture that decodes ({error})") from error
    return image


def _encoding(image: JpegImagePlugin.JpegImageFile) -> str | None:
    if image.format != "JPEG":
        return f"{image.format} instead of JPEG"
    if image.mode != "RGB":
        return f"{image.mode} instead of colour"
    if JpegImagePlugin.get_sampling(image) != _SUBSAMPLED_420:
        return "not subsampled 4:2:0"
    if _tables(image) != quantization(90):
        return "another quality than 90"
    left = _METADATA & set(image.info)
    return f"metadata is left: {', '.join(sorted(left))}" if left else None


def _tables(image: JpegImagePlugin.JpegImageFile) -> dict[int, list[int]]:
    return {number: list(table) for number, table in image.quantization.items()}


def _coarse(image: Image.Image) -> Image.Image:
    return image.convert("RGB").resize(_COARSE, Image.Resampling.BOX)


def _turned(image: Image.Image, turn: Image.Transpose | None) -> Image.Image:
    return image if turn is None else image.transpose(turn)


def _distance(one: Image.Image, other: Image.Image) -> float:
    """In levels, averaged over pixels and bands."""
    means = ImageStat.Stat(ImageChops.difference(one, other)).mean
    return sum(means) / len(means)
