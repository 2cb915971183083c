"""Check the Image Search instance: its room, its end, its kind and its rate, and the hosts in front of it."""

from datetime import UTC, datetime, timedelta

from imagesearch_ingest.image_search.detail import NOT_IN_SERVICE
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.watch.instance import SOON_DAYS
from imagesearch_ops.doctor import fixes
from imagesearch_ops.doctor.check import Check
from imagesearch_ops.doctor.checks.access_key import DETAIL, ask_detail
from imagesearch_ops.doctor.checks.network import check_host
from imagesearch_ops.doctor.findings import CannotSeeError, Finding, broken, fine, unknown
from imagesearch_ops.doctor.patient import Patient
from imagesearch_ops.index.stats import FULL_PERCENT
from imagesearch_ops.rates import describe_adds

CONSOLE = "Image Search console, Instances"
# The SDK asks a service of Alibaba Cloud for the upload's host. So far it has always named this one.
_UPLOAD_HOSTS = {
    "public": "viapi-customer-temp.oss-cn-shanghai.aliyuncs.com",
    "internal": "viapi-customer-temp.oss-cn-shanghai-internal.aliyuncs.com",
    "accelerate": "viapi-customer-temp.oss-accelerate.aliyuncs.com",
}


def find_host(patient: Patient) -> str:
    """Return the host of the API, as the SDK finds it."""
    region = patient.require("instance_region")
    return patient.settings.instance_endpoint or f"imagesearch.{region}.aliyuncs.com"


def check_api(patient: Patient) -> Finding:
    return check_host(patient, find_host(patient))


def check_upload(patient: Patient) -> Finding:
    """Only connect: a request would be an upload."""
    kind = patient.settings.upload_endpoint_type
    finding = check_host(patient, _UPLOAD_HOSTS[kind], is_upload=True)
    if finding.ok is False and kind == "internal":
        return unknown(f"{finding.detail}. The internal host is reached from Alibaba Cloud's Shanghai only")
    return finding


def check_exists(patient: Patient) -> Finding:
    name, region = patient.require("instance_name"), patient.require("instance_region")
    try:
        ask_detail(patient)
    except IngestError as error:
        if error.service_code in NOT_IN_SERVICE:
            return broken(
                f"{name} is not in service ({error.service_code}): it has expired, or its order is not paid",
                f"Renew it: {CONSOLE}, {name}, Renew.",
            )
        if error.reason is Reason.INSTANCE_UNAVAILABLE:
            names = (fixes.set_setting(patient, field, "...") for field in ("instance_name", "instance_region"))
            fix = "\n".join(["Take name (not ID) and region from the console:", *names])
            return broken(f"there is no instance {name} in {region} ({error.service_code})", fix)
        raise
    return fine(f"{name} in {region}")


def check_capacity(patient: Patient) -> Finding:
    found = ask_detail(patient)
    share = f"{found.total:,} of {found.capacity:,} pictures ({found.total / max(1, found.capacity):.0%})"
    fix = f"Upgrade it: {CONSOLE}, Upgrade. Or delete entries that nobody searches."
    if found.total >= found.capacity:
        return broken(f"full: {share}; every add fails", fix)
    if found.full_percent > FULL_PERCENT:
        return broken(f"nearly full: {share}", fix)
    return fine(share)


def check_expiry(patient: Patient) -> Finding:
    end = ask_detail(patient).expires
    if end is None:
        raise CannotSeeError("Detail tells no end")
    left, fix = end - datetime.now(UTC), f"Renew it: {CONSOLE}, Renew."
    if left < timedelta():
        return broken(f"expired on {end:%Y-%m-%d}", fix)
    if left < timedelta(days=SOON_DAYS):
        return broken(f"expires on {end:%Y-%m-%d}, in {left.days} days", fix)
    return fine(f"until {end:%Y-%m-%d}, {left.days} days")


def check_kind(patient: Patient) -> Finding:
    kind, wanted = ask_detail(patient).service_type, patient.settings.service_type.value
    if kind == wanted:
        return fine(kind)
    detail = f"the instance is of the type {kind}, INGEST_SERVICE_TYPE says {wanted}"
    if kind in {"product", "generic", "fabric", "trademark"}:
        return broken(detail, fixes.set_setting(patient, "service_type", kind))
    return broken(detail, "Use an instance of the type product, generic, fabric or trademark.")


def check_rate(patient: Patient) -> Finding:
    """Compare the rate with the documented ones. A higher one may be agreed, which nothing tells."""
    rate, found = patient.settings.adds_per_second, ask_detail(patient)
    usual = found.usual_rate
    size = f"an instance for {found.capacity:,} pictures"
    if rate > usual and found.is_smallest:
        fix = fixes.set_setting(patient, "adds_per_second", str(usual))
        return broken(f"{rate:g} adds/s, but {size} allows {usual}", fix)
    if rate > usual:
        return unknown(f"{rate:g} adds/s are above the usual {usual}; whether Alibaba Cloud has agreed cannot be seen")
    spare = f"; {size} allows {usual}" if rate < usual else ""
    is_shared = patient.settings.describe_share(rate)
    part = f"; {describe_adds(patient.settings)} are this deployment's" if is_shared else ""
    return fine(f"{rate:g} adds/s{spare}{part}")


_FOUND = ("instance.exists",)
NETWORK = [
    Check("network.instance", check_api),
    Check("network.upload", check_upload),
]
INSTANCE = [
    Check("instance.exists", check_exists, ("network.instance", "key.valid"), DETAIL),
    Check("instance.capacity", check_capacity, _FOUND, DETAIL),
    Check("instance.expiry", check_expiry, _FOUND, DETAIL),
    Check("instance.kind", check_kind, _FOUND, DETAIL),
    Check("instance.rate", check_rate, _FOUND, DETAIL),
]
