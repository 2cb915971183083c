"""Send the canary, if the command was asked to."""

from imagesearch_ops.doctor.check import Check
from imagesearch_ops.doctor.checks.access_key import instance_client
from imagesearch_ops.doctor.checks.bucket_s3 import find_bucket, list_keys
from imagesearch_ops.doctor.findings import CannotSeeError, Finding
from imagesearch_ops.doctor.objects import ObjectWriter, OssWriter, S3Writer
from imagesearch_ops.doctor.patient import Patient


def check_canary(patient: Patient) -> Finding:
    from imagesearch_ops.doctor.canary import send_canary  # noqa: PLC0415 - drawing takes a while to import

    if patient.faults:  # a function with these settings does not start, and another key rule would choose the key
        raise CannotSeeError("needs settings.valid")
    store, keys = _open_oss(patient) if patient.cloud == "alibaba" else _open_s3(patient)
    prefixes = patient.stack.parameters.get("KeyPrefix", "") if patient.stack else ""
    prefix = prefixes.partition(",")[0]  # one of several is enough
    return send_canary(patient, store, instance_client(patient), prefix=prefix, keys=keys)


def _open_s3(patient: Patient) -> tuple[ObjectWriter, list[str]]:
    bucket = find_bucket(patient)
    return S3Writer(patient.client("s3"), bucket), list(list_keys(patient, bucket))


def _open_oss(patient: Patient) -> tuple[ObjectWriter, list[str]]:
    from imagesearch_ops.doctor.checks import bucket_oss  # noqa: PLC0415 - the SDK takes a while to import

    bucket = bucket_oss.name_bucket(patient)
    return OssWriter(bucket_oss.oss_client(patient), bucket), list(bucket_oss.list_keys(patient, bucket))


def canary_check(cloud: str) -> Check:
    """Return the check. It names the permissions of the bucket's cloud."""
    writer = OssWriter if cloud == "alibaba" else S3Writer
    return Check("canary.picture", check_canary, ("bucket.exists", "instance.exists", "network.upload"), writer.actions)
