"""Probes of DumpMeta and of the batch import."""

import json
import tempfile
import time
from pathlib import Path
from typing import Any

import requests

from imagesearch_ingest.adapters.image_search.sdk import Client, models
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ops.backfill.bulk.failures import read_failure
from imagesearch_ops.backfill.bulk.lines import META_KEY
from imagesearch_ops.index.dump import fetch_dump
from imagesearch_ops.index.normalising import Normalised, normalise
from imagesearch_ops.index.tasks import FinishedTask, ask_again
from imagesearch_ops.index.telling import Teller
from imagesearch_ops.instance import SLOT_SECONDS
from tests.live.account import Account
from tests.live.probe import IMPORT, INSTANCE, Finding, fails, judge, probe
from tests.live.probes.searching import PICTURE

_IMPORT_SECONDS = 900.0


def dump_once(account: Account) -> tuple[FinishedTask, Normalised, list[dict[str, Any]]]:
    """Export the index after adding one entry. Return the task, how its file was recognised, and its entries."""

    def make() -> tuple[FinishedTask, Normalised, list[dict[str, Any]]]:
        account.add("dump/before.jpg", PICTURE, str_attr="red")
        with tempfile.TemporaryDirectory() as folder:
            raw = Path(folder, "dump.raw")
            task = fetch_dump(account.instance, raw, Teller(30))
            found = Normalised(task.before, task.after)
            lines: list[bytes] = []
            normalise(raw, found, [], write=lines.append, tell=lambda *_: None)
        return task, found, [json.loads(line) for line in lines]

    return account.once("dump", make)


@probe(
    "IS-12", INSTANCE, "1 entry, 1 DumpMeta and its download", adds=1, leaves="the dump of an instance without entries"
)
def ask_form(account: Account) -> Finding:
    task, found, _ = dump_once(account)
    seen = (
        f"{found.form}, compression {found.compression}: {found.recognised} of {found.lines} lines recognised; "
        f"TotalCount {task.before} before and {task.after} after"
    )
    return judge(found.lines == found.recognised and found.recognised >= 1, seen)


@probe("ALI-22", INSTANCE, "1 entry, 1 DumpMeta and its download", adds=1)
def ask_moment(account: Account) -> Finding:
    _, _, entries = dump_once(account)
    is_there = any(one["pic_name"] == "dump/before.jpg" and one["product_id"] == account.product_id for one in entries)
    return judge(is_there, f"an entry added just before the task is {'' if is_there else 'not '}in the dump")


@probe("IS-13", INSTANCE, "1 DumpMeta, 2 DumpMetaList, 1 request of the file's first byte", adds=1)
def ask_url(account: Account) -> Finding:
    task, _, _ = dump_once(account)
    first = ask_again(account.instance, task.name)
    time.sleep(2 * SLOT_SECONDS)  # a signature may be the same within one second
    second = ask_again(account.instance, task.name)
    proxy, bundle = account.settings.https_proxy, account.settings.ca_bundle
    answer = requests.get(
        second.replace("http://", "https://", 1),
        headers={"Range": "bytes=0-0"},
        proxies={"https": proxy} if proxy else None,
        verify=str(bundle) if bundle else True,
        timeout=30,
    )
    seen = f"the URLs of two lists {'differ' if first != second else 'are the same'}; a range gets {answer.status_code}"
    return judge(first != second and answer.status_code == 206, seen)


# ---------------------------------------------------------------- the batch import


def import_once(account: Account) -> dict[str, Any]:
    """Import two pictures and one line without a picture. Return the task's status, code, seconds and failed lines."""

    def make() -> dict[str, Any]:
        import alibabacloud_oss_v2 as oss  # noqa: PLC0415 - it takes a second to import

        bucket = str(account.wanted.import_bucket)
        found = account.oss.list_objects_v2(oss.ListObjectsV2Request(bucket=bucket, max_keys=1))
        if found.contents:
            raise FileExistsError(f"{bucket} is not empty: name an empty bucket in LIVE_IMPORT_BUCKET")
        names = [f"{account.product_id}/a b.jpg", f"{account.product_id}/鞋.png"]
        for name in names:
            _put(account, bucket, name, PICTURE)
        missing = f"{account.product_id}/missing.jpg"
        meta = [{"OperationType": "ADD", "ProductId": account.product_id, "PicName": one} for one in [*names, missing]]
        for one in meta:
            account.note("entry", account.product_id, one["PicName"])
        _put(account, bucket, META_KEY, "\n".join(map(json.dumps, meta)).encode())
        return _run_import(account, bucket) | {"names": names, "missing": missing}

    return account.once("import", make)


def _put(account: Account, bucket: str, key: str, data: bytes) -> None:
    import alibabacloud_oss_v2 as oss  # noqa: PLC0415 - as above

    account.note("oss_object", bucket, key)
    account.oss.put_object(oss.PutObjectRequest(bucket=bucket, key=key, body=data))


def _run_import(account: Account, bucket: str) -> dict[str, Any]:
    instance, began = account.instance, time.monotonic()
    request = models.IncreaseInstanceRequest(instance_name=instance.name, bucket_name=bucket, path=f"/{META_KEY}")
    started = instance.call("IncreaseInstance", Client.increase_instance_with_options, request)
    listing = models.IncreaseListRequest(instance_name=instance.name, id=int(started.data.id))
    while time.monotonic() - began < _IMPORT_SECONDS:
        time.sleep(SLOT_SECONDS)
        body = instance.call("IncreaseList", Client.increase_list_with_options, listing)
        task = next((one for one in body.data.increments.instance or () if str(one.id) == str(started.data.id)), None)
        if task is not None and str(task.status).upper() in ("SUCCESS", "FAIL"):
            return {
                "status": str(task.status).upper(),
                "code": str(task.code or ""),
                "seconds": time.monotonic() - began,
                "errors": _read_errors(account, str(task.error_url or "")),
            }
    raise TimeoutError(f"the import did not end within {_IMPORT_SECONDS:.0f} s")


def _read_errors(account: Account, url: str) -> list[str]:
    if not url:
        return []
    proxy, bundle = account.settings.https_proxy, account.settings.ca_bundle
    answer = requests.get(
        url.replace("http://", "https://", 1),
        proxies={"https": proxy} if proxy else None,
        verify=str(bundle) if bundle else True,
        timeout=30,
    )
    return [line for line in answer.content.decode("utf-8", "replace").splitlines() if line.strip()]


@probe(
    "IS-16",
    IMPORT,
    "2 pictures and increment.meta in the bucket, 1 IncreaseInstance",
    adds=3,
    leaves="a blank at the end, a line break or a slash in a key",
)
def ask_import(account: Account) -> Finding:
    found = import_once(account)
    there = [name for name in found["names"] if account.instance.find(account.product_id, name)]
    seen = f"the task ended as {found['status']} {found['code']}; {len(there)} of {len(found['names'])} pictures are in"
    return judge(found["status"] == "SUCCESS" and len(there) == len(found["names"]), seen)


@probe("IS-17", IMPORT, "as IS-16", adds=3, leaves="limits on lines and bytes, and whether it shares the rate")
def ask_bad_line(account: Account) -> Finding:
    found = import_once(account)
    seen = f"with one bad line of 3 the task ended as {found['status']} after {found['seconds']:.0f} s"
    return judge(found["status"] == "SUCCESS", seen)


@probe("IS-18", IMPORT, "as IS-16", adds=3)
def ask_error_file(account: Account) -> Finding:
    found = import_once(account)
    failures = [read_failure(line) for line in found["errors"]]
    is_read = len(failures) == 1 and (failures[0].pic_name == found["missing"] or failures[0].number == 3)
    return judge(is_read, f"{len(failures)} lines for 1 bad line; the first: {(found['errors'] or ['none'])[0][:200]}")


@probe("IS-19", IMPORT, "as IS-16", adds=3, leaves="the error without the authorisation")
def ask_authorised(account: Account) -> Finding:
    try:
        found = import_once(account)
    except IngestError as error:
        return fails(f"IncreaseInstance: {error.service_code}")
    seen = f"a private bucket that the console has authorised: {found['status']} {found['code']}"
    return judge(found["status"] == "SUCCESS", seen)
