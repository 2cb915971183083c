"""Find the sides, in pixels, that an image is scaled to."""

from imagesearch_ingest.images.policy import Policy, SmallPictures


def find_fitted_size(width: int, height: int, policy: Policy) -> tuple[int, int]:
    """Return the sides to scale to, in pixels; the proportions are kept as far as whole numbers allow.

    For sides that ``limits.check_size`` accepts, both results are within ``min_side..max_side``. The exact value of the
    shorter side is then at least ``min_side``, and rounding to the nearest never moves a value across a whole number.
    The shorter side may stay shorter only if small images are padded.
    """
    shorter, longer = sorted((width, height))
    longest = find_longest_side(width, height, policy)
    if longer > longest:
        return _scale_side(width, longest, longer), _scale_side(height, longest, longer)
    if shorter < policy.min_side and policy.small_pictures is SmallPictures.UPSCALE:
        return _scale_side(width, policy.min_side, shorter), _scale_side(height, policy.min_side, shorter)
    return width, height


def find_longest_side(width: int, height: int, policy: Policy) -> int:
    """Return the longest side to scale to. It is the wanted one, or more if the shorter side would become too short."""
    shorter, longer = sorted((width, height))
    if policy.small_pictures is SmallPictures.PAD:
        return min(policy.max_side, policy.longest_side)
    needed = -(-longer * policy.min_side // shorter)
    return min(policy.max_side, max(policy.longest_side, needed))


def _scale_side(side: int, numerator: int, denominator: int) -> int:
    return max(1, (2 * side * numerator + denominator) // (2 * denominator))
