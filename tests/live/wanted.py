"""Read from the environment which services a run may ask."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from botocore.exceptions import BotoCoreError
from botocore.session import Session

from imagesearch_ingest.model.errors import SettingsError
from imagesearch_ops.errors import InputError
from imagesearch_ops.queue_urls import is_smq
from tests.live.page import read_lines
from tests.live.probe import AWS, FUNCTION, IMPORT, INSTANCE, OSS, PROBES, SMQ, STACK, WEB

CONTRACT, DOCTOR = "CONTRACT", "DOCTOR"
NEEDS = {
    INSTANCE: "INGEST_INSTANCE_NAME, INGEST_INSTANCE_REGION and a key, ALIBABA_CLOUD_ACCESS_KEY_ID and ..._SECRET",
    AWS: "AWS_REGION and credentials, as every AWS SDK finds them",
    STACK: "LIVE_STACK, the name of a deployed stack, beside what AWS needs",
    OSS: "FC_REGION, the region for a bucket on OSS, and ALIBABA_CLOUD_ACCESS_KEY_ID and ..._SECRET",
    SMQ: "LIVE_SMQ_ENDPOINT, such as https://<account id>.mns.cn-shanghai.aliyuncs.com, and the same key",
    FUNCTION: "LIVE_FUNCTION, REGION/NAME of a deployed function on Function Compute",
    IMPORT: "LIVE_IMPORT_BUCKET, an empty bucket on OSS that no function watches, and that the console has authorised",
}
_MOST_ENTRIES = 1000


@dataclass(frozen=True)
class Wanted:
    """What a run is about. ``missing`` maps each group of services that cannot be asked to what it would need."""

    environ: Mapping[str, str]
    only: frozenset[str]
    is_confirmed: bool
    most_entries: int
    stack: str | None
    function: str | None
    import_bucket: str | None
    oss_region: str
    smq_endpoint: str
    missing: Mapping[str, str] = field(default_factory=dict)

    def wants(self, identifier: str) -> bool:
        return not self.only or identifier in self.only

    def has(self, group: str) -> bool:
        return group not in self.missing


def read_wanted(environ: Mapping[str, str]) -> Wanted:
    """Return what the environment asks for. Raise ``InputError`` for a value that is wrong."""
    has_key = bool(environ.get("ALIBABA_CLOUD_ACCESS_KEY_ID") and environ.get("ALIBABA_CLOUD_ACCESS_KEY_SECRET"))
    stack, function = environ.get("LIVE_STACK") or None, environ.get("LIVE_FUNCTION") or None
    endpoint = (environ.get("LIVE_SMQ_ENDPOINT") or _endpoint_of(environ.get("INGEST_QUEUE_URL", ""))).rstrip("/")
    region, bucket = environ.get("FC_REGION", ""), environ.get("LIVE_IMPORT_BUCKET") or None
    has_instance = bool(environ.get("INGEST_INSTANCE_NAME") and environ.get("INGEST_INSTANCE_REGION"))
    has_secret = bool(environ.get("INGEST_CREDENTIALS_SECRET") or environ.get("INGEST_ROLE_ARN"))
    has_aws = _has_aws(environ)
    is_there = {
        WEB: True,
        INSTANCE: (has_instance and (has_key or has_secret)) or bool(stack or function),
        AWS: has_aws,
        STACK: bool(stack and has_aws),
        OSS: bool(region and has_key),
        SMQ: bool(endpoint and has_key),
        FUNCTION: bool(function and has_key),
        IMPORT: bool(bucket and region and has_key and has_instance),
    }
    return Wanted(
        environ=environ,
        only=_read_only(environ.get("LIVE_ONLY", "")),
        is_confirmed=environ.get("LIVE_YES") == "1",
        most_entries=_read_number(environ, "LIVE_MOST_ENTRIES", _MOST_ENTRIES),
        stack=stack,
        function=function,
        import_bucket=bucket,
        oss_region=region,
        smq_endpoint=endpoint,
        missing={group: NEEDS[group] for group, there in is_there.items() if not there},
    )


def _has_aws(environ: Mapping[str, str]) -> bool:
    if not (environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION")):
        return False
    if environ.get("AWS_ACCESS_KEY_ID"):
        return True
    try:
        return environ == os.environ and Session().get_credentials() is not None
    except BotoCoreError as error:
        raise SettingsError(f"A variable AWS_* is invalid: {str(error).rstrip('.')}.") from None


def _read_only(text: str) -> frozenset[str]:
    """Return the IDs that are asked for. Raise ``InputError`` for one that the page does not have."""
    names = frozenset(name.strip().upper() for name in text.split(",") if name.strip())
    why = {line.id: line.why_no_probe for line in read_lines()}
    for name in sorted(names - PROBES.keys() - {CONTRACT, DOCTOR}):
        reason = f"has no probe: {why[name]}" if why.get(name) else "is no ID of docs/not-verified.md."
        raise InputError(f"LIVE_ONLY: {name} {reason}")
    return names


def _read_number(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name) or str(default)
    if not text.isdecimal():
        raise InputError(f"{name} is {text}. Write a number, such as {default}.")
    return int(text)


def _endpoint_of(url: str) -> str:
    return url.partition("/queues/")[0] if url and is_smq(url) else ""
