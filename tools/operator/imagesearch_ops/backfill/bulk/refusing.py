"""Say why a bulk import of a bucket cannot be right. Nothing is written before all of this is known.

Bulk import knows only whole keys as PicName ("Batch operations"). Under a rule that makes other names it would write a
second entry beside that of each picture, which no later event would ever remove.
"""

from imagesearch_ingest.identity.grammar import PicName
from imagesearch_ingest.settings import Settings
from imagesearch_ops.backfill.job import Job
from imagesearch_ops.bucket_urls import BucketUrl, is_bucket_url
from imagesearch_ops.errors import InputError
from imagesearch_ops.terminal_text import printable

_FOR_EXAMPLE = "--staging oss://BUCKET"


def why_other_names(settings: Settings) -> str | None:
    """Return the rule that takes PicName from a part of the key, or ``None`` if PicName is always the whole key."""
    rule = settings.identity_rule()
    for grammar in rule.grammars:
        if grammar.pic_name is PicName.PART or (grammar.pic_name is PicName.REST and rule.prefix):
            return grammar.text
    return None


def check_wanted(job: Job) -> str:
    """Return the name of the staging bucket. Raise ``InputError`` if the options or the settings rule it out."""
    url = job.place.url
    if url is None or url.cloud != "alibaba":
        raise InputError(
            f"{job.wanted.url}: the batch import of Image Search reads OSS only. Use --engine queue or direct."
        )
    _check_settings(job.settings)
    return _read_staging(job.wanted.staging, url)


def _check_settings(settings: Settings) -> None:
    if text := why_other_names(settings):
        raise InputError(
            f"{text} makes PicName of a part of the key. Bulk import can only use the whole key as PicName, so each "
            "picture would get a second entry. Use --engine queue, or a rule without pic_name."
        )
    if settings.default_attributes().get("crop") is False:
        raise InputError(
            "INGEST_DEFAULT_CROP=false: increment.meta has no field for Crop, so each picture would be cropped. "
            "Use --engine queue."
        )


def _read_staging(text: str | None, source: BucketUrl) -> str:
    if not text:
        raise InputError(
            f"--engine bulk needs an empty bucket for prepared pictures, in the region of the instance: {_FOR_EXAMPLE}"
        )
    staging = BucketUrl.parse(text) if is_bucket_url(text) else None
    if staging is None or staging.cloud != "alibaba":
        raise InputError(f"--staging {printable(text)} is no bucket of OSS. Write {_FOR_EXAMPLE}")
    if staging.key.strip("/"):
        raise InputError(
            f"--staging {printable(text)} names a folder. The keys in it would have to equal the source's, so it must "
            f"be a bucket of its own: {_FOR_EXAMPLE}"
        )
    if staging.bucket == source.bucket:
        raise InputError(
            f"--staging {printable(text)} is the source itself: prepared pictures would overwrite the originals. "
            "Name another bucket."
        )
    return staging.bucket
