"""Check that the deployment can be seen, that its settings are valid, and who looks at it."""

import re
from collections.abc import Iterator
from dataclasses import replace

from imagesearch_ingest.adapters.aws.codes import COMMON
from imagesearch_ingest.adapters.aws.errors import translate_errors
from imagesearch_ingest.bootstrap.alibaba_settings import REGION as FC_REGION
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.settings import PREFIX
from imagesearch_ops.doctor import fixes
from imagesearch_ops.doctor.check import Check
from imagesearch_ops.doctor.clock import Clock
from imagesearch_ops.doctor.findings import Finding, broken, fine, unknown
from imagesearch_ops.doctor.patient import Patient
from imagesearch_ops.doctor.refusals import is_permission, lacks_permission

_DONE = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"}
# Also the answer to a signature that is too old or not yet valid, apart from the message.
_WRONG_SIGNATURE = {"SignatureDoesNotMatch", "InvalidSignatureException"}
_NEW_KEY = "Use another key: run `aws configure`, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."


def check_stack(patient: Patient) -> Finding:
    stack = patient.stack
    if stack is None:
        return fine(patient.name)
    if stack.error:
        raise stack.error
    if stack.status in _DONE or not stack.status:
        return fine(f"{stack.name} is {stack.status or 'there'}")
    fix = f"aws cloudformation describe-stack-events --stack-name {stack.name}"
    if stack.status.endswith("_IN_PROGRESS"):
        return unknown(f"{stack.name} is {stack.status}", "Wait for its end, then repeat.")
    return Finding(ok=False, detail=f"{stack.name} is {stack.status}", fix=fix)


def check_settings(patient: Patient) -> Iterator[Finding]:
    if patient.is_named and patient.function is None and patient.function_error:
        raise patient.function_error
    for line in patient.faults:
        name = re.search(rf"\b{PREFIX}\w+", line)
        what = name[0] if name else "variable"
        yield Finding(ok=False, detail=line, fix=_mend(patient, what, line), about=what)
    if not patient.faults:
        yield fine("every setting is valid")


def _mend(patient: Patient, name: str, line: str) -> str:
    if line.startswith("Unknown setting"):
        return fixes.remove_setting(patient, name)
    return fixes.set_setting(patient, name.removeprefix(PREFIX).lower(), "...")


def check_identity(patient: Patient) -> Finding:
    """Look at the caller's key for AWS. STS answers to every valid key, whatever its permissions."""
    try:
        with translate_errors("asking STS who is calling", COMMON):
            found = patient.client("sts").get_caller_identity()
    except IngestError as error:
        if is_permission(error):
            return lacks_permission("sts:GetCallerIdentity", patient.who)
        if error.reason is Reason.CREDENTIALS and error.service_code is None:
            return broken(error.detail, _NEW_KEY)
        return _judge_key(error, patient.clock)
    patient.who = found.get("Arn") or patient.who
    return fine(patient.who)


def _judge_key(error: IngestError, clock: Clock) -> Finding:
    code = error.service_code or ""
    if code in _WRONG_SIGNATURE and clock.is_wrong:
        return unknown("needs clock.skew: the service refused the signature of the request", is_blocking=True)
    if code.startswith("ExpiredToken"):
        return broken(f"this caller's session has expired ({code})", "aws sso login, or set a new AWS_SESSION_TOKEN")
    if error.reason is Reason.CREDENTIALS and not code.startswith("Request"):
        return broken(f"AWS refuses this caller's key ({code})", _NEW_KEY)
    raise error


def check_clock(patient: Patient) -> Finding:
    """Compare the clocks. Services refuse a request that was signed 15 minutes too early or too late."""
    fix = "Set this machine's clock: sudo timedatectl set-ntp true"
    worst = patient.clock.worst
    if worst and patient.clock.is_wrong:
        service, seconds = worst
        direction = "behind" if seconds > 0 else "ahead of"
        return broken(f"this machine's clock is {abs(seconds):.0f} s {direction} that of {service}", fix)
    if patient.clock.refusals:
        codes = sorted(set(patient.clock.refusals.values()))
        return broken(f"the time of signed requests is refused ({', '.join(codes)})", fix)
    if worst is None:
        return unknown("no service has told its time")
    return fine(f"{abs(worst[1]):.0f} s from that of {worst[0]}")


def check_region(patient: Patient) -> Finding:
    """Look for the region. Function Compute tells it to the function; here it has to be set."""
    region = patient.environ.get(FC_REGION)
    if region:
        return fine(region)
    return unknown(f"{FC_REGION} is not set", f"{FC_REGION}=REGION  # of the bucket and the queues", is_blocking=True)


REGION = [Check("deployment.region", check_region)]
DEPLOYED = [
    Check("deployment.found", check_stack, action="cloudformation:DescribeStacks"),
    Check("settings.valid", check_settings, action="lambda:GetFunctionConfiguration"),
]
DEPLOYED_ALIBABA = [DEPLOYED[0], replace(DEPLOYED[1], action="fc:GetFunction")]
IDENTITY = [Check("identity.aws", check_identity, action="sts:GetCallerIdentity")]
CLOCK = [Check("clock.skew", check_clock)]
