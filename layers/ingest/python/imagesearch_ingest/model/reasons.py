"""Every reason for which an object does not simply end as ``added``: the one normative table (design, section 3).

A reason belongs to this project. What a vendor called it travels beside it as ``service_code``; the tables that lead
from vendor codes to reasons stand with each service (``image_search/codes.py``, ``adapters/*_codes.py``).
"""

from dataclasses import dataclass
from enum import Enum, StrEnum, unique


class Result(StrEnum):
    """What became of an object. The words are the same in logs, metrics, dead letters and the operator's output."""

    ADDED = "added"
    DELETED = "deleted"
    SKIPPED = "skipped"
    REJECTED = "rejected"
    FAILED = "failed"


class FaultClass(StrEnum):
    """Who can mend it, and so what the queue does with the record (design, section 2)."""

    PERMANENT = "permanent"  # the input's fault: dead-lettered at once, never retried
    TRANSIENT = "transient"  # retried, handed back, dead-lettered at the eighth receive
    THROTTLED = "throttled"  # the quota or the time left: handed back, never dead-lettered
    SYSTEMIC = "systemic"  # nothing works until a person acts: handed back for long, never dead-lettered
    NONE = "none"  # nobody's fault


class Stage(StrEnum):
    """Where on its journey the object was."""

    EVENT = "event"
    IDENTITY = "identity"
    FETCH = "fetch"
    PREPARE = "prepare"
    INDEX = "index"


@dataclass(frozen=True)
class _Row:
    result: Result
    fault_class: FaultClass
    stage: Stage
    hint: str


def _skipped(stage: Stage, hint: str) -> _Row:
    return _Row(Result.SKIPPED, FaultClass.NONE, stage, hint)


def _rejected(stage: Stage, hint: str) -> _Row:
    return _Row(Result.REJECTED, FaultClass.PERMANENT, stage, hint)


def _failed(fault_class: FaultClass, stage: Stage, hint: str) -> _Row:
    return _Row(Result.FAILED, fault_class, stage, hint)


@unique
class Reason(Enum):
    """A row a reason: what it means for the object, whose fault it is, where it arose, and what to do about it."""

    TEST_EVENT = _skipped(Stage.EVENT, "Sent once when a bucket's notifications are configured; nothing to do.")
    FOLDER_MARKER = _skipped(Stage.EVENT, "An empty object whose key ends in '/': a folder in a console, no picture.")
    OTHER_EVENT = _skipped(Stage.EVENT, "This kind of event changes no picture; subscribe to fewer kinds.")
    NONCURRENT_VERSION = _skipped(Stage.EVENT, "A version that was not the current one went away; nothing to do.")
    EXCLUDED = _skipped(Stage.IDENTITY, "The key is excluded by the settings.")
    NEVER_INDEXED = _skipped(Stage.IDENTITY, "Removed, and under a key that could never be added; nothing to do.")
    OTHER_BUCKET = _skipped(Stage.IDENTITY, "INGEST_BUCKET names the bucket whose pictures are taken.")
    REMOVED_KEPT = _skipped(Stage.FETCH, "INGEST_ON_REMOVED=keep: the index keeps pictures that the bucket lost.")
    EVENT_MALFORMED = _rejected(Stage.EVENT, "The message is no event we know; see what else writes to the queue.")

    KEY_NOT_MATCHED = _rejected(Stage.IDENTITY, "The key does not fit the rule that makes ids of keys.")
    KEY_TOO_LONG = _rejected(Stage.IDENTITY, "Ids hold 256 characters; upload the picture under a shorter key.")
    ATTRIBUTE_INVALID = _rejected(Stage.IDENTITY, "Mend the named value; the limits are those of AddImage.")

    GONE_BEFORE_INGEST = _Row(
        Result.DELETED, FaultClass.NONE, Stage.FETCH, "Removed between upload and ingest; the index agrees now."
    )
    OBJECT_EMPTY = _rejected(Stage.FETCH, "The object has no bytes: an upload that failed half-way? Upload it again.")
    OBJECT_TOO_LARGE = _rejected(Stage.FETCH, "Upload a smaller file, or raise INGEST_MAX_SOURCE_MEGABYTES.")
    OBJECT_ARCHIVED = _rejected(Stage.FETCH, "Restore the object from its archive class first.")
    LINK_BROKEN = _rejected(Stage.FETCH, "The link leads to no object; upload its target, or the picture itself.")
    OBJECT_CHANGING = _failed(FaultClass.TRANSIENT, Stage.FETCH, "The object kept changing while it was read.")
    ACCESS_DENIED = _failed(
        FaultClass.TRANSIENT,
        Stage.FETCH,
        "Grant s3:GetObject, s3:ListBucket and kms:Decrypt, or oss:GetObject and oss:ListObjects.",
    )
    BUCKET_MISSING = _failed(FaultClass.SYSTEMIC, Stage.FETCH, "No such bucket; its index entries are left alone.")
    BUCKET_FORBIDDEN = _failed(
        FaultClass.SYSTEMIC, Stage.FETCH, "Grant s3:GetObject and s3:ListBucket, or oss:GetObject and oss:ListObjects."
    )

    NOT_AN_IMAGE = _rejected(Stage.PREPARE, "Upload a picture; the file's name does not make it one.")
    UNSUPPORTED_FORMAT = _rejected(Stage.PREPARE, "Upload PNG, JPEG, BMP, GIF, WebP, TIFF, PPM, AVIF or HEIC.")
    HEIC_NOT_INSTALLED = _rejected(Stage.PREPARE, "Add pi-heif with `make build HEIC=1`, or upload JPEG.")
    CORRUPT_IMAGE = _rejected(Stage.PREPARE, "The file is damaged, cut short, or oddly made; save it anew.")
    TOO_MANY_PIXELS = _rejected(Stage.PREPARE, "Upload a smaller picture; the detail says which limit it meets.")
    TOO_MANY_FRAMES = _rejected(Stage.PREPARE, "Upload one frame, or set INGEST_ANIMATIONS=first_frame.")
    IMAGE_TOO_SMALL = _rejected(
        Stage.PREPARE, "Upload a larger picture, or set INGEST_SMALL_PICTURES to pad or upscale."
    )
    IMAGE_TOO_LONG = _rejected(Stage.PREPARE, "Crop it: no scale brings both sides within the limits.")
    CANNOT_FIT_SIZE = _rejected(Stage.PREPARE, "Upload a smaller picture, or lower INGEST_MIN_JPEG_QUALITY.")
    WORKER_CRASH = _rejected(Stage.PREPARE, "The picture killed the process that prepared it.")

    SERVICE_REJECTED = _rejected(Stage.INDEX, "Image Search refused this picture; see service_code.")
    CATEGORY_INVALID = _rejected(Stage.INDEX, "Use one of Image Search's category ids.")
    THROTTLED = _failed(FaultClass.THROTTLED, Stage.INDEX, "A quota is used up; it is tried again.")
    NOT_BEGUN = _failed(FaultClass.THROTTLED, Stage.EVENT, "No time was left in this invocation; it is tried again.")
    SERVICE_UNAVAILABLE = _failed(FaultClass.TRANSIENT, Stage.INDEX, "The service failed; it is tried again.")
    SERVICE_CODE_UNKNOWN = _failed(FaultClass.TRANSIENT, Stage.INDEX, "A code we do not know: see service_code.")
    NETWORK = _failed(FaultClass.TRANSIENT, Stage.INDEX, "The connection failed; it is tried again.")
    TIMEOUT = _failed(FaultClass.TRANSIENT, Stage.INDEX, "No answer in time; it is tried again.")
    CREDENTIALS = _failed(FaultClass.SYSTEMIC, Stage.INDEX, "Check the access keys and what they are allowed to do.")
    INSTANCE_UNAVAILABLE = _failed(FaultClass.SYSTEMIC, Stage.INDEX, "Check the instance: its name, region and bill.")
    INSTANCE_FULL = _failed(FaultClass.SYSTEMIC, Stage.INDEX, "The instance is full: delete pictures or enlarge it.")
    SETTINGS_REFUSED = _failed(FaultClass.SYSTEMIC, Stage.INDEX, "A value from the settings was refused; mend it.")
    INTERNAL_ERROR = _failed(FaultClass.TRANSIENT, Stage.INDEX, "A fault of imagesearch-ingest; please report it.")

    @property
    def code(self) -> str:
        """The name in logs, metrics and dead letters: snake_case, stable."""
        return self.name.lower()

    @property
    def result(self) -> Result:
        return self.value.result

    @property
    def fault_class(self) -> FaultClass:
        return self.value.fault_class

    @property
    def stage(self) -> Stage:
        return self.value.stage

    @property
    def hint(self) -> str:
        """What a person can do about it, in one sentence."""
        return self.value.hint
