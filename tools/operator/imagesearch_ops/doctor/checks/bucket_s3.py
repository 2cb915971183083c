"""Check the bucket on S3: that it is there, in this region, and that its pictures can be read."""

from collections.abc import Sequence
from typing import Any

from botocore.exceptions import ClientError

from imagesearch_ingest.adapters.aws.codes import S3
from imagesearch_ingest.adapters.aws.errors import translate_errors
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.settings import Settings, variable
from imagesearch_ops.doctor import fixes
from imagesearch_ops.doctor.check import Check
from imagesearch_ops.doctor.checks.announcing_s3 import announces_to, check_policy, find_unannounced, read_notifications
from imagesearch_ops.doctor.checks.queues_sqs import read_attributes
from imagesearch_ops.doctor.findings import CannotSeeError, Finding, broken, fine, unknown
from imagesearch_ops.doctor.patient import Patient
from imagesearch_ops.terminal_text import short

MOST_BUCKETS = 50  # that are asked whether they announce to the queue, if no setting names one
SAMPLE_KEYS = 1000
_MISSING, _ELSEWHERE, _NOT_LOCATED = {"404", "NoSuchBucket"}, {"301", "PermanentRedirect"}, {"400", "403"}


def find_bucket(patient: Patient) -> str:
    """Return the bucket: the one of the settings, or else the only one that announces to the queue."""
    if patient.bucket:
        return patient.bucket
    found = patient.ask("bucket", lambda: _find_announcing(patient))
    if len(found) != 1:
        raise CannotSeeError(
            f"INGEST_BUCKET is not set, and {len(found)} buckets announce to the queue",
            "Set INGEST_BUCKET to the one to look at.",
        )
    return found[0]


def _find_announcing(patient: Patient) -> list[str]:
    read_attributes(patient, patient.queue_url, "queue")
    with translate_errors("listing the buckets", S3):
        names = [one["Name"] for one in patient.client("s3").list_buckets().get("Buckets", [])]
    return [name for name in names[:MOST_BUCKETS] if announces_to(patient, name)]


def check_exists(patient: Patient) -> Finding:
    """Find the bucket and its region. An event crosses no region, and the function's client does not either."""
    if not patient.bucket and not patient.ask("bucket", lambda: _find_announcing(patient)):
        return broken(
            "INGEST_BUCKET is not set, and no bucket announces to the queue",
            fixes.set_setting(patient, "bucket", "NAME"),
        )
    name = find_bucket(patient)
    mine = patient.client("s3").meta.region_name
    region, code = _locate(patient, name)
    fix = f"{fixes.set_setting(patient, 'bucket', 'NAME')}  # aws s3api list-buckets"
    if code in _MISSING:
        return broken(f"there is no bucket {name}", fix)
    if region and region != mine:
        return broken(
            f"{name} is in {region}, the function in {mine}",
            f"Deploy to {region}: AWS_REGION={region}",
        )
    if code == "403":
        return unknown(f"{patient.who} may not look at {name}", f"Allow s3:ListBucket on {name} to {patient.who}.")
    if code:
        raise CannotSeeError(f"HeadBucket of {name} answers {code}")
    return fine(f"s3://{name} in {region or mine}")


def _locate(patient: Patient, name: str) -> tuple[str | None, str]:
    """Return the region, which S3 also tells to strangers, and the code of a refusal."""
    with translate_errors(f"looking for s3://{name}", S3):
        try:
            found = patient.client("s3").head_bucket(Bucket=name)
        except ClientError as error:
            code = str(error.response["Error"].get("Code", ""))
            headers = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
            if code in _MISSING | _ELSEWHERE | _NOT_LOCATED:
                return headers.get("x-amz-bucket-region"), code
            raise
    return found.get("BucketRegion") or _region_header(found), ""


def _region_header(found: dict[str, Any]) -> str | None:
    region: str | None = found["ResponseMetadata"]["HTTPHeaders"].get("x-amz-bucket-region")
    return region


def check_announces(patient: Patient) -> Finding:
    return read_notifications(patient, find_bucket(patient))


def check_queue_policy(patient: Patient) -> Finding:
    return check_policy(patient, find_bucket(patient))


def check_versioning(patient: Patient) -> Finding:
    name = find_bucket(patient)
    with translate_errors(f"reading the versioning of s3://{name}", S3):
        status = patient.client("s3").get_bucket_versioning(Bucket=name).get("Status", "never on")
    return fine(f"{status.lower()}; S3 announces removals either way")


def check_encryption(patient: Patient) -> Finding:
    """Compare the bucket's KMS key with the one that the stack lets the function use."""
    name = find_bucket(patient)
    try:
        with translate_errors(f"reading the encryption of s3://{name}", S3):
            found = patient.client("s3").get_bucket_encryption(Bucket=name)
    except IngestError as error:
        if error.service_code == "ServerSideEncryptionConfigurationNotFoundError":
            return fine("by S3's own key, S3's default")
        raise
    rules = found.get("ServerSideEncryptionConfiguration", {}).get("Rules") or [{}]
    default = rules[0].get("ApplyServerSideEncryptionByDefault", {})
    key = default.get("KMSMasterKeyID")
    if not key or "alias/aws/s3" in key:
        return fine(default.get("SSEAlgorithm", "by S3's own key"))
    if patient.stack and patient.stack.parameters and not patient.stack.parameters.get("BucketKeyArn"):
        return broken(
            f"objects are encrypted with {key}, which the function may not use",
            fixes.set_parameter("BucketKeyArn", key),
        )
    return fine(f"by the KMS key {key}")


def list_keys(patient: Patient, name: str) -> Sequence[str]:
    """Return the first keys of the bucket, below the prefix of the settings."""

    def call() -> list[str]:
        with translate_errors(f"listing s3://{name}", S3):
            page = patient.client("s3").list_objects_v2(
                Bucket=name, Prefix=patient.settings.key_prefix, MaxKeys=SAMPLE_KEYS
            )
        return [found["Key"] for found in page.get("Contents", ())]

    return patient.ask(f"keys {name}", call)


def check_keys(patient: Patient) -> Finding:
    """Look whether the settings take any of the first keys, and whether the bucket announces those."""
    name = find_bucket(patient)
    keys = list_keys(patient, name)
    finding = judge_keys(patient.settings, keys)
    taken = [key for key in keys if not key.endswith("/") and takes(patient.settings, key)]
    if (silent := find_unannounced(patient, name, taken)) and finding.ok:
        return broken(
            f"{name} does not announce {len(silent)} of the first {len(taken)} keys that the settings take, such as "
            f"{short(silent[0])}",
            f"Widen the filters of its notifications, or leave such keys out: {variable('exclude')}.",
        )
    return finding


def judge_keys(settings: Settings, keys: Sequence[str]) -> Finding:
    """Return whether the settings take at least one of the keys."""
    pictures = [key for key in keys if not key.endswith("/")]
    taken = list(filter(lambda key: takes(settings, key), pictures))
    below = f" below {settings.key_prefix}" if settings.key_prefix else ""
    if not pictures:
        return fine(f"no object{below} yet")
    if not taken:
        return broken(
            f"the settings pass over each of the first {len(pictures)} keys{below}, such as {short(pictures[0])}",
            "imagesearch-ingest keys test  # tries a rule on a list of keys",
        )
    return fine(f"the rule takes {len(taken)} of the first {len(pictures)} keys{below}")


def takes(settings: Settings, key: str) -> bool:
    """Return whether the key rule takes a key."""
    try:
        settings.identity_rule().identify(key)
    except IngestError:
        return False
    return True


def check_read(patient: Patient) -> Finding:
    """Read one byte of one picture, with the caller's own rights."""
    name = find_bucket(patient)
    keys = [key for key in list_keys(patient, name) if takes(patient.settings, key)]
    if not keys:
        return fine("no picture to read yet")
    try:
        with translate_errors(f"reading {short(keys[0])}", S3):
            patient.client("s3").get_object(Bucket=name, Key=keys[0], Range="bytes=0-0")["Body"].close()
    except IngestError as error:
        code = error.service_code or ""
        if code == "InvalidObjectState":
            return fine(f"{short(keys[0])} is archived")
        if code.startswith("KMS.") and code != "KMS.AccessDeniedException":
            return broken(f"{error.detail}: its KMS key cannot be used", f"aws kms describe-key --key-id KEY  # {code}")
        if code == "InvalidRange":
            return fine(f"{short(keys[0])} is empty")
        raise
    return fine(short(keys[0]))


_HERE = ("bucket.exists",)
BUCKET = [
    Check(
        "bucket.exists",
        check_exists,
        ("identity.aws",),
        "s3:ListBucket, s3:ListAllMyBuckets",
    ),
    Check("bucket.announces", check_announces, _HERE, "s3:GetBucketNotification"),
    Check("queue.policy", check_queue_policy, ("bucket.announces", "queue.exists"), "sqs:GetQueueAttributes"),
    Check("bucket.versioning", check_versioning, _HERE, "s3:GetBucketVersioning"),
    Check("bucket.encryption", check_encryption, _HERE, "s3:GetEncryptionConfiguration"),
    Check("bucket.keys", check_keys, _HERE, "s3:ListBucket"),
    Check("bucket.read", check_read, _HERE, "s3:GetObject"),
]
