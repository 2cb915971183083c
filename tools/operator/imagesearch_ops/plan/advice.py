"""Write the command that a person may want to run about a reason."""

from imagesearch_ops.buckets.opening import Place
from imagesearch_ops.plan.wanted import Wanted
from imagesearch_ops.shell import quote

# A setting that may turn the rejection into an add. The plan is then repeated with it.
_SETTINGS = {
    "image_too_small": "INGEST_SMALL_PICTURES=pad",
    "image_blank": "INGEST_BLANK_PICTURES=warn",
    "too_many_frames": "INGEST_ANIMATIONS=first_frame",
    "cannot_fit_size": "INGEST_MIN_JPEG_QUALITY=40",
    "object_too_large": "INGEST_MAX_SOURCE_MEGABYTES=256",
    "too_many_pixels": "INGEST_MAX_SOURCE_MEGAPIXELS=400",
}


# Nobody has to do anything.
_FINE = {"never_a_picture", "folder_marker", "gone_before_ingest"}


def advise(code: str, example: str | None, place: Place, wanted: Wanted) -> str:
    """Return a command to copy, or nothing. ``example`` is the key of an object that has the reason."""
    if code in _FINE:
        return ""
    if code in _SETTINGS and not wanted.deployment.is_given:
        return f"{_SETTINGS[code]} {wanted.command(html=None)}"
    if example is None:
        return wanted.command(html=None)
    if place.url is None:
        return f"imagesearch-ingest prepare {quote(place.object_url(example))}"
    options = wanted.deployment.words()
    if code == "object_archived" and place.url.cloud == "aws":
        names = f"--bucket {quote(place.url.bucket)} --key {quote(example)}"
        return f"aws s3api restore-object {names} --restore-request Days=7"
    return " ".join(["imagesearch-ingest explain", quote(place.object_url(example)), *options])
