"""Every reason why an object does not end as ``added``, and what each reason means: the one table of faults.

A reason belongs to this project. The vendor's name for the fault travels beside it as ``service_code``. The tables that
map vendor codes to reasons stand with each service: ``image_search/codes.py`` and the ``*codes.py`` of the adapters.
"""

from dataclasses import dataclass
from enum import Enum, StrEnum, unique

_PAGE = "https://github.com/imagesearch-ingest/imagesearch-ingest/blob/main/docs/reasons.md"


class Result(StrEnum):
    """The end of an object's way. Logs, metrics, dead letters and the command line use the same words."""

    ADDED = "added"
    DELETED = "deleted"
    SKIPPED = "skipped"
    REJECTED = "rejected"
    FAILED = "failed"

    @property
    def changed_index(self) -> bool:
        """Return whether Image Search accepted a change, which proves that it works."""
        return self in {Result.ADDED, Result.DELETED}


class FaultClass(StrEnum):
    """Who can fix a fault, and so what the queue does with its record (docs/settling.md)."""

    # In the last day before the queue would drop its record, a fault of any class is dead-lettered.
    PERMANENT = "permanent"  # the input is at fault: dead-lettered at once, never retried
    TRANSIENT = "transient"  # retried, then handed back; from the eighth receive on dead-lettered if others succeed
    THROTTLED = "throttled"  # the quota or the time is used up: handed back
    SYSTEMIC = "systemic"  # nothing works until a person acts: handed back for long
    NONE = "none"  # not a fault

    @property
    def comes_back(self) -> bool:
        """Return whether a record with this fault may come back to the queue."""
        return self not in {FaultClass.NONE, FaultClass.PERMANENT}

    @property
    def speaks_against_service(self) -> bool:
        """Return whether a fault of this class makes it doubtful that the service works at all."""
        return self in {FaultClass.TRANSIENT, FaultClass.SYSTEMIC}

    @property
    def may_pass(self) -> bool:
        """Return whether the same call may succeed later although nobody acts."""
        return self in {FaultClass.TRANSIENT, FaultClass.THROTTLED}


class Scope(StrEnum):
    """How far a fault reaches: which other objects certainly have it too."""

    OBJECT = "object"
    BUCKET = "bucket"
    INSTANCE = "instance"


class Stage(StrEnum):
    """The step that the object had reached."""

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
    scope: Scope = Scope.OBJECT
    may_have_acted: bool = False
    may_be_service: bool = False
    chosen_by_settings: bool = False


def _skipped(stage: Stage, hint: str, *, chosen_by_settings: bool = False) -> _Row:
    return _Row(Result.SKIPPED, FaultClass.NONE, stage, hint, chosen_by_settings=chosen_by_settings)


def _rejected(stage: Stage, hint: str) -> _Row:
    return _Row(Result.REJECTED, FaultClass.PERMANENT, stage, hint)


def _transient(stage: Stage, hint: str) -> _Row:
    return _Row(Result.FAILED, FaultClass.TRANSIENT, stage, hint)


def _of_service(stage: Stage, hint: str, *, may_have_acted: bool = False) -> _Row:
    acted = may_have_acted
    return _Row(Result.FAILED, FaultClass.TRANSIENT, stage, hint, may_have_acted=acted, may_be_service=True)


def _throttled(stage: Stage, hint: str) -> _Row:
    return _Row(Result.FAILED, FaultClass.THROTTLED, stage, hint)


def _systemic(scope: Scope, stage: Stage, hint: str) -> _Row:
    return _Row(Result.FAILED, FaultClass.SYSTEMIC, stage, hint, scope=scope)


@unique
class Reason(Enum):
    """One row per reason: the result, the fault's class, where it arose, how far it reaches, and what to do."""

    TEST_EVENT = _skipped(Stage.EVENT, "The bucket sends this once when notifications are set up. Nothing to do.")
    FOLDER_MARKER = _skipped(Stage.EVENT, "An empty object whose key ends in '/' is a folder in a console.")
    OTHER_EVENT = _skipped(Stage.EVENT, "This kind of event changes no picture. Subscribe to fewer event types.")
    NONCURRENT_VERSION = _skipped(Stage.EVENT, "An old version was removed. The current picture stays. Nothing to do.")
    NEVER_A_PICTURE = _skipped(Stage.IDENTITY, "Systems and tools leave such files in folders. Nothing to do.")
    EXCLUDED = _skipped(
        Stage.IDENTITY,
        "The settings exclude this key. The detail names the pattern or prefix.",
        chosen_by_settings=True,
    )
    NEVER_INDEXED = _skipped(Stage.IDENTITY, "The removed key does not fit the key rule, so it was never indexed.")
    OTHER_BUCKET = _skipped(
        Stage.IDENTITY,
        "INGEST_BUCKET names another bucket. Remove the trigger or the setting.",
        chosen_by_settings=True,
    )
    REMOVED_KEPT = _skipped(Stage.FETCH, "INGEST_ON_REMOVED=keep keeps entries whose object is gone.")
    EVENT_MALFORMED = _rejected(Stage.EVENT, "Not a known event. Find out what else writes to the queue.")

    KEY_NOT_MATCHED = _rejected(Stage.IDENTITY, "Change INGEST_KEY_TEMPLATE or INGEST_KEY_REGEX to fit the key.")
    KEY_TOO_LONG = _rejected(Stage.IDENTITY, "An ID holds 256 characters. Upload the picture under a shorter key.")
    ATTRIBUTE_INVALID = _rejected(Stage.IDENTITY, "Correct the named value. The limits are those of AddImage.")

    GONE_BEFORE_INGEST = _Row(
        Result.DELETED,
        FaultClass.NONE,
        Stage.FETCH,
        "The object was removed after its upload was announced. The index holds no entry for it.",
    )
    OBJECT_EMPTY = _rejected(Stage.FETCH, "The object has no bytes. The upload may have failed: upload it again.")
    OBJECT_TOO_LARGE = _rejected(Stage.FETCH, "Upload a smaller file, or raise INGEST_MAX_SOURCE_MEGABYTES.")
    OBJECT_ARCHIVED = _rejected(
        Stage.FETCH, "Restore the object from its archive storage class. Then its event adds it, or upload it again."
    )
    LINK_BROKEN = _rejected(Stage.FETCH, "The link's target does not exist. Upload the target, or the picture itself.")
    OBJECT_CHANGING = _transient(Stage.FETCH, "The object kept changing while it was read. It is retried.")
    ACCESS_DENIED = _transient(
        Stage.FETCH, "Grant s3:GetObject, s3:ListBucket and kms:Decrypt, or oss:GetObject and oss:ListObjects."
    )
    BUCKET_MISSING = _systemic(
        Scope.BUCKET, Stage.FETCH, "The bucket does not exist. Check its name and region. Index entries stay."
    )
    BUCKET_FORBIDDEN = _systemic(
        Scope.BUCKET, Stage.FETCH, "Grant s3:GetObject and s3:ListBucket, or oss:GetObject and oss:ListObjects."
    )

    NOT_AN_IMAGE = _rejected(Stage.PREPARE, "The bytes are not a picture, whatever its name is. The detail says more.")
    UNSUPPORTED_FORMAT = _rejected(Stage.PREPARE, "Upload PNG, JPEG, BMP, GIF, WebP, TIFF, PPM, AVIF or HEIC.")
    HEIC_NOT_INSTALLED = _rejected(Stage.PREPARE, "Build with `make build HEIC=1`, or upload the picture as JPEG.")
    CORRUPT_IMAGE = _rejected(Stage.PREPARE, "The file is damaged, cut short or invalid. Save it again and upload it.")
    TOO_MANY_PIXELS = _rejected(Stage.PREPARE, "Upload a smaller picture. The detail names the limit.")
    TOO_MANY_FRAMES = _rejected(Stage.PREPARE, "Upload a single frame, or set INGEST_ANIMATIONS=first_frame.")
    IMAGE_TOO_SMALL = _rejected(
        Stage.PREPARE, "Upload a larger picture, or set INGEST_SMALL_PICTURES to pad or upscale."
    )
    IMAGE_TOO_LONG = _rejected(Stage.PREPARE, "Crop the picture. No scale brings both sides within the limits.")
    IMAGE_BLANK = _rejected(
        Stage.PREPARE,
        "Upload a picture that shows more than one colour, or set INGEST_BLANK_PICTURES=warn. A product as light as "
        "the background of a transparent picture needs another INGEST_BACKGROUND_IF_UNSEEN.",
    )
    CANNOT_FIT_SIZE = _rejected(Stage.PREPARE, "Upload a smaller picture, or lower INGEST_MIN_JPEG_QUALITY.")
    WORKER_CRASH = _rejected(Stage.PREPARE, "Preparing the picture crashed or took too long. Save it in another way.")

    SERVICE_REJECTED = _rejected(Stage.INDEX, "Image Search refused the picture. service_code says why.")
    CATEGORY_INVALID = _rejected(
        Stage.INDEX, "Use a category ID of Image Search, or add the word to INGEST_CATEGORY_WORDS."
    )
    THROTTLED = _throttled(Stage.INDEX, "A quota is used up for the moment. The object is retried.")
    NOT_BEGUN = _throttled(Stage.EVENT, "The invocation had too little time left. The object is retried.")
    SERVICE_UNAVAILABLE = _of_service(
        Stage.INDEX, "The service did not answer as it should. It is retried.", may_have_acted=True
    )
    SERVICE_CODE_UNKNOWN = _of_service(Stage.INDEX, "The service answered with an undocumented code: see service_code.")
    NETWORK = _of_service(Stage.INDEX, "The connection failed or was cut. The object is retried.", may_have_acted=True)
    TIMEOUT = _of_service(
        Stage.INDEX, "The service did not answer in time. The object is retried.", may_have_acted=True
    )
    CREDENTIALS = _systemic(
        Scope.INSTANCE,
        Stage.INDEX,
        "Check the access key for this service, and its permissions.",
    )
    INSTANCE_UNAVAILABLE = _systemic(Scope.INSTANCE, Stage.INDEX, "Check the instance's name, its region and its bill.")
    # A full instance still takes deletes, which make room.
    INSTANCE_FULL = _systemic(Scope.OBJECT, Stage.INDEX, "The instance is full. Delete entries or enlarge it.")
    SETTINGS_REFUSED = _systemic(
        Scope.INSTANCE, Stage.INDEX, "A setting prevents the call, or a service refuses its value. Correct it."
    )
    INTERNAL_ERROR = _transient(Stage.INDEX, "This is a bug in imagesearch-ingest. Please report it.")

    @property
    def code(self) -> str:
        """Return the name used in logs, metrics and dead letters: snake_case, stable."""
        return self.name.lower()

    @property
    def result(self) -> Result:
        """Return what an object with this reason ends as."""
        return self.value.result

    @property
    def fault_class(self) -> FaultClass:
        """Return the class: who can fix the fault."""
        return self.value.fault_class

    @property
    def scope(self) -> Scope:
        """Return how far the fault reaches."""
        return self.value.scope

    @property
    def may_have_acted(self) -> bool:
        """Return whether the service may have carried out the request that failed: its response was lost."""
        return self.value.may_have_acted

    @property
    def may_be_service(self) -> bool:
        """Return whether the service may fail for all objects in this way."""
        return self.value.may_be_service

    @property
    def chosen_by_settings(self) -> bool:
        """Return whether the settings say that the object is not for this function. If all are, they may be wrong."""
        return self.value.chosen_by_settings

    @property
    def stage(self) -> Stage:
        """Return the step at which the fault arises."""
        return self.value.stage

    @property
    def hint(self) -> str:
        """Return what a person can do about it, in one or two sentences."""
        return self.value.hint

    @property
    def docs_url(self) -> str:
        """Return the address of this reason's paragraph in the documentation."""
        return f"{_PAGE}#{self.code}"

    @property
    def stops_batch(self) -> bool:
        """Return whether no other object of the instance can succeed until a person acts."""
        return self.fault_class is FaultClass.SYSTEMIC and self.scope is Scope.INSTANCE
