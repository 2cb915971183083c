"""Remove what a run has made, and what runs that were killed have left."""

import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from botocore.exceptions import ClientError

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ops.errors import InputError
from imagesearch_ops.run_folder import JOURNAL, RunFolder, default_folder, read_run, resume_run
from tests.live.account import Account
from tests.live.place import COMMAND

_GONE = {
    "AWS.SimpleQueueService.NonExistentQueue",
    "NoSuchBucket",
    "NoSuchKey",
    "QueueDoesNotExist",
    "QueueNotExist",
    "ResourceNotFoundException",
}


def remove_all(account: Account, folder: RunFolder | None = None) -> list[str]:
    """Remove, the latest first, what the journal says. Return a line for each thing that could not be removed.

    If nothing stays, the folder goes, too.
    """
    folder = folder or account.folder
    lines = list(folder.read(JOURNAL))
    done = {tuple(line["removed"]) for line in lines if "removed" in line}
    made = [(line["made"], *line["names"]) for line in lines if "made" in line]
    faults = []
    for kind, *names in dict.fromkeys(reversed(made)):
        if (kind, *names) in done:
            continue
        try:
            _remove(account, kind, names)
        except Exception as error:  # noqa: BLE001 - one thing that stays must not keep the others
            faults.append(account.redactor.prose(f"{kind} {' '.join(names)}: {error}"))
        else:
            folder.journal({"removed": [kind, *names]})
    folder.save(complete=not faults)
    if not faults:
        folder.discard(JOURNAL)
    return faults


def _remove(account: Account, kind: str, names: list[str]) -> None:
    """Remove one thing. That it is gone already is not an error."""
    try:
        _REMOVERS[kind](account, *names)
    except ClientError as error:
        if error.response["Error"]["Code"] not in _GONE:
            raise
    except IngestError as error:
        if error.service_code not in _GONE:
            raise
    except Exception as error:
        if not re.search("|".join(map(re.escape, _GONE)), str(error)):  # the SDK of OSS wraps its errors
            raise


def find_leftovers(account: Account, *, any_place: bool = False) -> list[Path]:
    """Return the folders of runs on the same services that ended without removing everything."""
    base = default_folder("", account.wanted.environ)
    place = {} if any_place else {"place": account.folder.about["place"]}
    found = []
    for path in sorted(base.glob("*/run.json")):
        with suppress(InputError):
            about = read_run(path.parent, {"command": COMMAND} | place)
            if not about.get("complete") and path.parent != account.folder.path:
                found.append(path.parent)
    return found


def remove_leftovers(account: Account) -> list[str]:
    """Remove what earlier runs left. Return the faults. A run that still works keeps its lock, and its things."""
    faults = []
    for path in find_leftovers(account):
        with suppress(InputError), resume_run(path, {"command": COMMAND}) as folder:
            faults += remove_all(account, folder)
    return faults


def _remove_bucket(account: Account, name: str) -> None:
    s3 = account.aws("s3")
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=name):
        for one in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
            s3.delete_object(Bucket=name, Key=one["Key"], VersionId=one["VersionId"])
    s3.delete_bucket(Bucket=name)


def _remove_object(account: Account, bucket: str, key: str) -> None:
    account.aws("s3").delete_object(Bucket=bucket, Key=key)


def _remove_queue(account: Account, name: str) -> None:
    sqs = account.aws("sqs")
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName=name)["QueueUrl"])


def _remove_log_group(account: Account, name: str) -> None:
    account.aws("logs").delete_log_group(logGroupName=name)


def _remove_rule(account: Account, name: str) -> None:
    events = account.aws("events")
    targets = [one["Id"] for one in events.list_targets_by_rule(Rule=name)["Targets"]]
    if targets:
        events.remove_targets(Rule=name, Ids=targets)
    events.delete_rule(Name=name)


def _remove_oss_bucket(account: Account, name: str) -> None:
    import alibabacloud_oss_v2 as oss  # noqa: PLC0415 - it takes a second to import

    for page in account.oss.list_object_versions_paginator().iter_page(oss.ListObjectVersionsRequest(bucket=name)):
        for one in [*(page.version or ()), *(page.delete_marker or ())]:
            account.oss.delete_object(oss.DeleteObjectRequest(bucket=name, key=one.key, version_id=one.version_id))
    account.oss.delete_bucket(oss.DeleteBucketRequest(bucket=name))


def _remove_oss_object(account: Account, bucket: str, key: str) -> None:
    import alibabacloud_oss_v2 as oss  # noqa: PLC0415 - it takes a second to import

    account.oss.delete_object(oss.DeleteObjectRequest(bucket=bucket, key=key))


def _remove_smq_queue(account: Account, name: str) -> None:
    with account.smq(name).call("deleting a queue") as queue:
        queue.delete()


def _remove_entry(account: Account, product_id: str, pic_name: str) -> None:
    account.instance.delete(product_id, pic_name)


_REMOVERS: dict[str, Callable[..., None]] = {
    "bucket": _remove_bucket,
    "entry": _remove_entry,
    "log_group": _remove_log_group,
    "object": _remove_object,
    "oss_bucket": _remove_oss_bucket,
    "oss_object": _remove_oss_object,
    "queue": _remove_queue,
    "rule": _remove_rule,
    "smq_queue": _remove_smq_queue,
}
