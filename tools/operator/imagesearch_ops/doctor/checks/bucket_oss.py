"""Check the bucket on OSS: that it is there, in this region, announces its changes, and can be read."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import alibabacloud_oss_v2 as oss

from imagesearch_ingest.adapters.alibaba.oss import OssObjectStore
from imagesearch_ingest.adapters.alibaba.oss_codes import OSS
from imagesearch_ingest.adapters.alibaba.oss_errors import translate_errors
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.objects import ObjectRef
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.settings import variable
from imagesearch_ops.doctor import fixes
from imagesearch_ops.doctor.check import Check
from imagesearch_ops.doctor.checks.announcing_oss import check_announces, find_unannounced
from imagesearch_ops.doctor.checks.bucket_s3 import judge_keys, takes
from imagesearch_ops.doctor.findings import Finding, broken, fine, unknown
from imagesearch_ops.doctor.patient import Patient
from imagesearch_ops.stores import bucket_client
from imagesearch_ops.terminal_text import short

R = TypeVar("R")

SAMPLE_KEYS = 1000


def oss_client(patient: Patient) -> Any:  # noqa: ANN401 - the SDK's client has no types
    """Return the client of the region. Raise ``SettingsError`` if that is not known."""
    return patient.ask("oss", lambda: bucket_client("alibaba", patient.deployment))


def name_bucket(patient: Patient) -> str:
    """Return the bucket of the settings."""
    return str(patient.require("bucket"))


def _call(name: str, call: Callable[[], R]) -> R:
    with translate_errors(f"looking at oss://{name}", OSS):
        return call()


def list_keys(patient: Patient, name: str) -> Sequence[str]:
    """Return the first keys of the bucket, below the prefix of the settings."""
    request = oss.ListObjectsV2Request(bucket=name, prefix=patient.settings.key_prefix, max_keys=SAMPLE_KEYS)

    def call() -> list[str]:
        page = _call(name, lambda: oss_client(patient).list_objects_v2(request))
        return [found.key or "" for found in page.contents or ()]

    return patient.ask(f"keys {name}", call)


def check_exists(patient: Patient) -> Finding:
    name, region = name_bucket(patient), patient.environ.get("FC_REGION")
    try:
        list_keys(patient, name)
    except IngestError as error:
        if error.service_code == "NoSuchBucket":
            return broken(f"there is no bucket {name}", fixes.set_setting(patient, "bucket", "NAME"))
        if error.reason is Reason.BUCKET_MISSING:
            return broken(
                f"{name} is not in {region} ({error.service_code})",
                "Set FC_REGION (s.yaml: ALIBABA_REGION) to the bucket's region, or correct INGEST_BUCKET_ENDPOINT.",
            )
        if error.reason is Reason.BUCKET_FORBIDDEN and error.service_code != "AccessDenied":
            return broken(f"OSS has closed {name} ({error.service_code})", "Look at the account in the OSS console.")
        raise
    return fine(f"oss://{name}{f' in {region}' if region else ''}")


def check_versioning(patient: Patient) -> Finding:
    """Look at the versioning: OSS announces no removal in a bucket with versions (its guide on notifications)."""
    name = name_bucket(patient)
    request = oss.GetBucketVersioningRequest(bucket=name)
    found = _call(name, lambda: oss_client(patient).get_bucket_versioning(request))
    status = found.version_status or "never on"
    if status == "never on" or patient.settings.on_removed == "keep":
        return fine(status.lower())
    return broken(
        f"{status.lower()}: OSS announces no removal there, so removed pictures stay in the index",
        f"{fixes.set_setting(patient, 'on_removed', 'keep')}  # or compare bucket and index from time to time",
    )


def check_keys(patient: Patient) -> Finding:
    """Look whether the settings take any of the first keys, and whether a rule sends those."""
    keys = list_keys(patient, name_bucket(patient))
    finding = judge_keys(patient.settings, keys)
    taken = [key for key in keys if not key.endswith("/") and takes(patient.settings, key)]
    if finding.ok and (silent := find_unannounced(patient, taken)):
        return broken(
            f"no rule of EventBridge sends {len(silent)} of the first {len(taken)} keys that the settings take, "
            f"such as {short(silent[0])}",
            f"Update the stack with another KeyPrefix, or leave such keys out: {variable('exclude')}.",
        )
    return finding


def check_read(patient: Patient) -> Finding:
    """Open one picture, with the caller's own rights. Its bytes are not read."""
    name = name_bucket(patient)
    keys = [key for key in list_keys(patient, name) if takes(patient.settings, key)]
    if not keys:
        return fine("no picture to read yet")
    try:
        found = OssObjectStore(oss_client(patient)).head(ObjectRef("alibaba", name, keys[0]))
    except IngestError as error:
        if error.reason is Reason.OBJECT_ARCHIVED:
            return fine(f"{short(keys[0])} is archived")
        if error.reason is Reason.ACCESS_DENIED and error.service_code != "AccessDenied":
            return unknown(error.detail)
        raise
    return fine(short(keys[0])) if found else unknown(f"{short(keys[0])} has gone meanwhile")


_HERE = ("bucket.exists",)
OSS_BUCKET = [
    Check("bucket.exists", check_exists, action="oss:ListObjects"),
    Check("bucket.announces", check_announces, _HERE, "eventbridge:ListRules"),
    Check("bucket.versioning", check_versioning, _HERE, "oss:GetBucketVersioning"),
    Check("bucket.keys", check_keys, _HERE, "oss:ListObjects"),
    Check("bucket.read", check_read, _HERE, "oss:GetObject"),
]
