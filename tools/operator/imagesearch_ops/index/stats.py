"""``index stats``: size, capacity, kind and end of the instance."""

from collections.abc import Mapping
from datetime import UTC, datetime

from imagesearch_ingest.watch.instance import SOON_DAYS
from imagesearch_ops import output
from imagesearch_ops.deployment import Deployment
from imagesearch_ops.deployment_options import SHELL, DeploymentOptions
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.instance import InstanceDetail, open_instance
from imagesearch_ops.report import reporting
from imagesearch_ops.terminal_text import printable

FULL_PERCENT = 80  # from here on a person should act


def run_stats(environ: Mapping[str, str], place: DeploymentOptions = SHELL, *, as_json: bool) -> ExitCode:
    """Run the command. Raise ``InputError``, ``SettingsError`` and ``IngestError``."""
    with reporting(as_json=as_json) as report:
        report.ending = lambda: "The instance was not read."
        deployment = place.find(environ)
        output.message(deployment.describe())
        detail, now = open_instance(deployment).detail(), datetime.now(UTC)
        report.summary["warnings"] = list_warnings(detail, now)
        report.line(_describe(detail))
        for warning in report.summary["warnings"]:
            output.message(f"warning: {warning}")
        if not as_json:
            _print(detail, deployment, now)
        report.ending = lambda: f"{_count(detail.total, 'entry', 'entries')}, {detail.free:,} free"
        return report.code


def list_warnings(detail: InstanceDetail, now: datetime) -> list[str]:
    """Return what a person should act on: an instance that is nearly full, or that ends soon."""
    found = []
    if detail.full_percent > FULL_PERCENT:
        found.append(f"the instance is {detail.full_percent:.1f} % full. Delete entries or enlarge it.")
    if detail.expires and detail.expires <= now:
        found.append(f"the instance expired on {detail.expires:%Y-%m-%d}. Renew it.")
    elif detail.expires and (detail.expires - now).days < SOON_DAYS:
        found.append(f"the instance expires {_when(detail.expires, now)}. Renew it.")
    return found


def _describe(detail: InstanceDetail) -> dict[str, object]:
    return {
        "total": detail.total,
        "capacity": detail.capacity,
        "free": detail.free,
        "expires": f"{detail.expires:%Y-%m-%dT%H:%M:%SZ}" if detail.expires else None,
        "service_type": detail.service_type,
        "qps": detail.qps,
    }


def _print(detail: InstanceDetail, deployment: Deployment, now: datetime) -> None:
    settings = deployment.settings
    name = f"{settings.instance_name} ({settings.instance_region})" if settings else ""
    expires = f"{detail.expires:%Y-%m-%d}, {_when(detail.expires, now)}" if detail.expires else "not known"
    rows = {
        "instance": f"{printable(name)}, {printable(detail.service_type)}",
        "entries": f"{detail.total:,} of {detail.capacity:,} ({detail.full_percent:.1f} %), {detail.free:,} free",
        "expires": expires,
        "searches": f"{detail.qps} a second",
    }
    for title, text in rows.items():
        output.plain(f"{title:<8}  {text}")
    output.plain("")


def _when(expires: datetime, now: datetime) -> str:
    days = (expires - now).days
    return "expired" if days < 0 else "today" if days == 0 else f"in {_count(days, 'day', 'days')}"


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
