"""Judge the Image Search instance by what Detail says: how full it is, when it ends, and whether its rate is usual."""

from datetime import datetime, timedelta

from imagesearch_ingest.image_search.detail import ACTION, NO_INSTANCE, NO_PERMISSION, NOT_IN_SERVICE, InstanceDetail
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.watch.findings import Finding, Kind, fault
from imagesearch_ingest.watch.look import Look

DAY = timedelta(days=1)
FULL_PERCENT, SOON_DAYS = 90, 14  # as the alarms of template.yaml that open tickets


def judge_detail(found: InstanceDetail, now: datetime, adds_per_second: float) -> Look:
    """Return how full an instance is and how many days are left, with what to do."""
    days = (found.expires - now) / DAY if found.expires else None
    findings = []
    if found.full_percent >= FULL_PERCENT:
        share = f"{found.total:,} of {found.capacity:,} pictures"
        findings.append(fault(f"the instance holds {share}", "Enlarge it, or delete entries that nobody searches."))
    if days is not None and days <= SOON_DAYS:
        ends = "has expired" if days < 0 else f"expires in {days:.1f} days"
        findings.append(fault(f"the instance {ends}", "Renew it in the Image Search console."))
    if found.is_smallest and adds_per_second > found.usual_rate:
        rates = f"{adds_per_second:g} adds a second, the instance allows {found.usual_rate}"
        to_do = f"Set AddsPerSecond={found.usual_rate}, and update the stack."
        findings.append(Finding(Kind.REMARK, f"the settings say {rates}", to_do))
    return Look(found.full_percent, days, findings=tuple(findings))


def judge_refusal(error: IngestError) -> Look:
    """Return what a failed Detail says. An instance that takes nothing has no days left."""
    if error.service_code in NOT_IN_SERVICE:
        to_do = "Renew it in the Image Search console, or pay its order."
        return Look(days_to_expiry=0.0, findings=(fault(f"the instance is not in service: {error.detail}", to_do),))
    if error.service_code in NO_INSTANCE:
        to_do = "Correct InstanceName or InstanceRegion. If it was released after its end, buy another one."
        return Look(days_to_expiry=0.0, findings=(fault(f"there is no such instance: {error.detail}", to_do),))
    to_do = error.reason.hint
    # STS refuses a role with some of the same codes, and says so in its own words.
    if error.service_code in NO_PERMISSION and error.detail.startswith(ACTION):
        to_do = "Allow imagesearch:Detail to the access key or the role of the function."
    return Look(findings=(Finding(Kind.UNSEEN, f"the instance: {error.detail}", to_do),))
