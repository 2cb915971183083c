"""Compare two renderings of one image, in levels of 0 to 255."""

from typing import NamedTuple

import numpy as np

from imagesearch_ingest.images import Policy, prepare
from imagesearch_ingest.model.images import PreparedImage
from tests.decoders.renderers import displayed


class Tolerance(NamedTuple):
    """Limits for the absolute differences over all samples of all three bands."""

    mean: float
    percentile_99: float


# Encoding as JPEG at quality 90 moves the samples of a smooth image by one level, rarely by three. The inverse
# transforms and colour upsampling of two libraries differ by one more. Measured over all cases: at most 1.0 in the
# mean, and 3. The faults that these tests look for are far larger. In the mean, Display P3 read as sRGB is 10 levels
# off, CMYK by another formula 17, the wrong orientation 65, inverted CMYK 75.
ONE_ENCODE = Tolerance(1.5, 5)
POLICY = Policy()


def prepared_and_displayed(data: bytes, policy: Policy = POLICY) -> tuple[PreparedImage, np.ndarray]:
    prepared = prepare(data, policy)
    shown = displayed(prepared.data, prepared.format)
    assert shown.shape == (prepared.height, prepared.width, 3)
    return prepared, shown


def assert_agrees(data: bytes, expected: np.ndarray, tolerance: Tolerance = ONE_ENCODE) -> None:
    """Assert that the image prepared from ``data`` looks like ``expected``."""
    _, shown = prepared_and_displayed(data)
    assert_alike(shown, expected, tolerance)


def assert_alike(shown: np.ndarray, expected: np.ndarray, tolerance: Tolerance = ONE_ENCODE) -> None:
    assert shown.shape == expected.shape
    found = difference(shown, expected)
    assert found.mean <= tolerance.mean, found
    assert found.percentile_99 <= tolerance.percentile_99, found


def difference(one: np.ndarray, other: np.ndarray) -> Tolerance:
    apart = np.where(one > other, one - other, other - one)
    shares = np.bincount(apart.ravel(), minlength=256).cumsum() / apart.size  # np.percentile would sort all of them
    return Tolerance(float(apart.mean()), float(np.searchsorted(shares, 0.99)))
