"""Render an image with two other libraries: libvips, which manages colours, and OpenCV, which does not.

Both show it as a display would: upright, in sRGB, on white. Arrays are rows x columns x 3, levels of 0 to 255.
"""

import os

os.environ.setdefault("VIPS_CONCURRENCY", "1")  # read when libvips is loaded
os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")  # read when OpenCV is loaded

import cv2
import numpy as np
import pyvips

cv2.setNumThreads(1)  # beside the other workers of a test run
# The wheel of libvips is built without these (pyvips-binary 8.18).
NOT_IN_VIPS = {"BMP", "PPM"}


def by_vips(data: bytes) -> np.ndarray:
    """Return the first image, converted by its profile: relative colorimetric, with black point compensation.

    Raise an error for a file that is cut short or that the decoder warns about.
    """
    image = pyvips.Image.new_from_buffer(data, "", fail_on="error").autorot()
    if image.get_typeof("icc-profile-data"):
        image = image.icc_transform("srgb", embedded=True, intent="relative", black_point_compensation=True)
    return _on_white(image)


def by_vips_scaled(data: bytes, width: int, height: int) -> np.ndarray:
    """Scale to exactly this size as libvips scales photographs: partly while decoding, the rest by a filter."""
    image = pyvips.Image.thumbnail_buffer(data, width, height=height, size="force", export_profile="srgb")
    return _on_white(image)


def size_in_vips(data: bytes) -> tuple[int, int]:
    """Return the size after decoding the whole image, since a sound header proves nothing."""
    image = pyvips.Image.new_from_buffer(data, "", fail_on="error")
    image.avg()
    return image.width, image.height


def has_alpha(data: bytes) -> bool:
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    return image.ndim == 3 and image.shape[2] == 4


def by_opencv(data: bytes) -> np.ndarray:
    """Ignore profiles and transparency, but not the EXIF orientation."""
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None, "OpenCV cannot decode it"
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def displayed(data: bytes, file_format: str) -> np.ndarray:
    """Render with libvips if it reads the format, otherwise with OpenCV."""
    return by_opencv(data) if file_format in NOT_IN_VIPS else by_vips(data)


def _on_white(image: pyvips.Image) -> np.ndarray:
    image = image.colourspace("srgb")
    if image.hasalpha():
        image = image.flatten(background=[255])
    return image.cast("uchar").numpy()
