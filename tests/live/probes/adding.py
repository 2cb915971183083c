"""Probes of the three calls of an add. They need an Image Search instance only."""

import http.client
import re
import time
from urllib.parse import urlsplit

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.images import Upload
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ops.doctor.checks.instance import _UPLOAD_HOSTS
from tests.live.account import Account
from tests.live.probe import INSTANCE, Finding, cannot_tell, fails, holds, in_words, judge, probe
from tests.live.probes.rates import burst
from tests.live.probes.searching import OTHER, PICTURE, request_for
from tests.support.pictures import encode, scene

_GONE_CODES = {"PictureError", "InvalidPicUrl", "PicNotExist"}
_MOST_CALLS, _PAUSE_SECONDS = 60, 2.0


def try_to_add(account: Account, pic_name: str, picture: bytes = PICTURE, **fields: object) -> str:
    """Return "added", or the code of the refusal."""
    try:
        account.add(pic_name, picture, **fields)
    except IngestError as error:
        return error.service_code or error.reason.code
    return "added"


@probe(
    "IS-01",
    INSTANCE,
    "4 entries with the longest values that the reference allows",
    adds=4,
    leaves="values beyond the limits, and which of two codes they get",
)
def ask_limits(account: Account) -> Finding:
    tries = {
        "PicName of 256 characters, 768 bytes": {"pic_name": "鞋" * 256},
        "StrAttr of 128 characters": {"pic_name": "limit-1.jpg", "str_attr": "鞋" * 128},
        "CustomContent of 4096": {"pic_name": "limit-2.jpg", "custom_content": "鞋" * 4096},
        "IntAttr 2147483647": {"pic_name": "limit-3.jpg", "int_attr": 2147483647},
    }
    seen = {name: try_to_add(account, **fields) for name, fields in tries.items()}
    return judge(set(seen.values()) == {"added"}, "; ".join(f"{name}: {what}" for name, what in seen.items()))


def conforming_pictures() -> dict[str, bytes]:
    """Return a picture of each kind that passes through unchanged."""
    picture = scene(320, 240)
    return {
        "grey JPEG": encode(picture.convert("L")),
        "progressive JPEG": encode(picture, progressive=True),
        "palette PNG": encode(picture.quantize(64), "PNG"),
        "1-bit PNG": encode(picture.convert("1"), "PNG"),
        "interlaced GIF": encode(picture.quantize(64), "GIF", interlace=1),
        "BMP": encode(picture, "BMP"),
        "WebP": encode(picture, "WEBP"),
        "LZW TIFF": encode(picture, "TIFF", compression="tiff_lzw"),
        "grey TIFF": encode(picture.convert("L"), "TIFF"),
    }


@probe("IS-04", INSTANCE, "an entry of each kind of picture", adds=9)
def ask_kinds(account: Account) -> Finding:
    tries = conforming_pictures()
    seen = {name: try_to_add(account, f"kind/{name}", data) for name, data in tries.items()}
    refused = {name: code for name, code in seen.items() if code != "added"}
    return judge(
        not refused, f"{len(seen) - len(refused)} of {len(seen)} kinds were added; refused: {in_words(refused)}"
    )


@probe(
    "IS-05",
    INSTANCE,
    "three times the allowed rate of uploads, then of AddImage of one entry",
    adds=60,
    leaves="the algorithm, which nobody can see",
)
def ask_rate(account: Account) -> Finding:
    rate = account.settings.adds_per_second
    times = min(_MOST_CALLS, round(3 * rate))
    uploads = burst(lambda: account.index.upload(OTHER), times)
    upload = account.index.upload(OTHER)
    account.note("entry", account.product_id, "rate.jpg")
    account.take_slot()
    adds = burst(lambda: account.index.add(upload, request_for(account, "rate.jpg", OTHER)), times)
    time.sleep(_PAUSE_SECONDS)  # so that the refused calls do not count against the next probe
    seen = (
        f"{uploads.accepted} of {times} uploads, {adds.accepted} of {times} adds in {adds.seconds:.1f} s at "
        f"{rate:g}/s; refused: {in_words(adds.codes)}"
    )
    if uploads.accepted == times and not adds.codes:
        return cannot_tell(f"the rate was not exceeded: {seen}")
    return judge(uploads.accepted == times and adds.accepted >= min(rate, times) and adds.are_throttled, seen)


@probe("IS-06", INSTANCE, "1 AddImage of an upload that does not exist", adds=1)
def ask_vanished(account: Account) -> Finding:
    upload = account.index.upload(PICTURE)
    gone = Upload(re.sub(r"[^/?]+(?=$|\?)", "vanished.jpg", upload.url, count=1))
    try:
        account.add_uploaded(gone, request_for(account, "vanished.jpg", PICTURE))
    except IngestError as error:
        code = error.service_code or error.reason.code
        return judge(code in _GONE_CODES, f"AddImage of a missing upload: {code}")
    return fails("AddImage of a missing upload succeeded")


@probe("IS-09", INSTANCE, "3 unsigned requests over plain HTTP")
def ask_plain_http(account: Account) -> Finding:
    upload = urlsplit(account.index.upload(PICTURE).url).hostname
    hosts = [f"imagesearch.{account.settings.instance_region}.aliyuncs.com", "openplatform.aliyuncs.com", upload]
    seen = {str(host): ask_over_http(account, str(host)) for host in hosts}
    is_answered = all(status.isdecimal() and not status.startswith("3") for status in seen.values())
    return judge(is_answered, ", ".join(f"{host}: {status}" for host, status in seen.items()))


def ask_over_http(account: Account, host: str) -> str:
    """Return the status of an unsigned request, which carries nothing that is secret."""
    proxy = account.settings.https_proxy
    to = urlsplit(proxy) if proxy else None
    connection = http.client.HTTPConnection(to.hostname if to else host, (to.port if to else None) or 80, timeout=10)
    try:
        connection.request("GET", f"http://{host}/" if to else "/", headers={"Host": host})
        return str(connection.getresponse().status)
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__
    finally:
        connection.close()


@probe("IS-10", INSTANCE, "1 upload")
def ask_where(account: Account) -> Finding:
    host = str(urlsplit(account.index.upload(PICTURE).url).hostname)
    region = account.settings.instance_region
    return judge(region in host or "cn-shanghai" in host, f"an instance in {region} uploads to {host}")


@probe("ALI-02", INSTANCE, "1 upload", leaves="the names of the permissions on Alibaba Cloud")
def ask_host(account: Account) -> Finding:
    """Compare with the host that `doctor` tries to reach."""
    checked = _UPLOAD_HOSTS[account.settings.upload_endpoint_type]
    host = str(urlsplit(account.index.upload(PICTURE).url).hostname)
    return judge(host == checked, f"the upload went to {host}; doctor checks {checked}")


@probe("ALI-14", INSTANCE, "1 upload")
def ask_grant(account: Account) -> Finding:
    try:
        account.index.upload(PICTURE)
    except IngestError as error:
        if error.reason is Reason.CREDENTIALS:
            return fails(f"AuthorizeFileUpload: {error.service_code}")
        raise
    if account.deployment.name == "this shell's settings":
        return holds("an upload succeeded with the key of this shell; use the function's key to be sure")
    return holds(f"an upload succeeded with the key of {account.deployment.name}")
