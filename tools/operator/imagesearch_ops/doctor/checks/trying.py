"""Send the canary, if the command was asked to."""

from imagesearch_ops.doctor.checks.access_key import instance_client
from imagesearch_ops.doctor.checks.bucket_s3 import find_bucket, list_keys
from imagesearch_ops.doctor.findings import Check, Finding
from imagesearch_ops.doctor.objects import S3Writer
from imagesearch_ops.doctor.patient import Patient


def check_canary(patient: Patient) -> Finding:
    from imagesearch_ops.doctor.canary import send_canary  # noqa: PLC0415 - drawing takes a while to import

    bucket = find_bucket(patient)
    store = S3Writer(patient.client("s3"), bucket)
    prefix = patient.stack.parameters.get("KeyPrefix", "") if patient.stack else ""
    keys = list(list_keys(patient, bucket))
    return send_canary(patient, store, instance_client(patient), prefix=prefix, keys=keys)


_NEEDS = ("bucket.exists", "instance.exists", "network.upload")
CANARY = [Check("canary.picture", check_canary, _NEEDS, S3Writer.actions)]
