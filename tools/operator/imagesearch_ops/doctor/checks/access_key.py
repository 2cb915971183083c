"""Check the access key for Alibaba Cloud: where it is kept, and whether the API accepts it."""

from dataclasses import replace

from imagesearch_ingest.adapters.aws.secrets_manager import SecretsManagerCredentials
from imagesearch_ingest.bootstrap.common import SystemClock
from imagesearch_ingest.credentials import Credentials, EnvironmentCredentials, UnusableKeyError
from imagesearch_ingest.image_search.codes import refuses_key
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ops.doctor import fixes
from imagesearch_ops.doctor.check import Check
from imagesearch_ops.doctor.findings import CannotSeeError, Finding, broken, fine, unknown
from imagesearch_ops.doctor.patient import Patient
from imagesearch_ops.doctor.refusals import blames_clock, is_permission
from imagesearch_ops.instance import InstanceClient, InstanceDetail

_SHAPE = '{"access_key_id": "...", "access_key_secret": "..."}'
# What is wrong with a key, by the beginning of the code (Alibaba Cloud, "Common error codes").
_WRONG = {
    "InvalidAccessKeyId.Inactive": ("is disabled", "aliyun ram UpdateAccessKey --UserAccessKeyId {id} --Status Active"),
    "Forbidden.AccessKeyDisabled": ("is disabled", "aliyun ram UpdateAccessKey --UserAccessKeyId {id} --Status Active"),
    "InvalidAccessKeyId": ("does not exist", "{new}"),
    "SignatureDoesNotMatch": ("has another secret", "{new}"),
    "IncompleteSignature": ("has no usable secret", "{new}"),
    "InvalidSecurityToken.Expired": ("has a security token that has expired", "{token}"),
    "SecurityTokenExpired": ("has a security token that has expired", "{token}"),
    "InvalidSecurityToken": ("has a wrong security token", "{token}"),
    "MissingSecurityToken": ("is temporary and lacks its security token", "{token}"),
    "InvalidCredentials": ("is not set", "{new}"),
}
_ACCOUNT = ("UserDisable", "Forbidden.RiskControl", "Forbidden.UserVerification", "InsufficientBalance")
_CODES_OF_INSTANCE = {Reason.INSTANCE_UNAVAILABLE, Reason.INSTANCE_FULL}
DETAIL = "imagesearch:Detail"
NEEDS_OWN_KEY = "needs a key of your own: ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET are not set"


def check_secret(patient: Patient) -> Finding:
    """Read the key as the function does. Its value is never shown."""
    secret, role = patient.settings.credentials_secret, patient.settings.role_arn
    if role:
        return fine(f"not kept: the function assumes {role}; commands on this machine use the key of the shell")
    if patient.stack and patient.function is None:
        return unknown("needs the function's variables")
    if secret is None and patient.stack:
        return broken("the stack names no secret, so the function has no key", _new_secret(patient))
    return _check_variables(patient) if secret is None else _read_secret(patient, secret)


def _read_secret(patient: Patient, secret: str) -> Finding:
    caller = patient.found.get("identity.aws")
    if caller and caller.is_blocking:
        raise CannotSeeError("needs identity.aws")
    client = patient.client("secretsmanager")
    try:
        found = SecretsManagerCredentials(client, secret, SystemClock()).get()
    except UnusableKeyError as error:
        return broken(error.detail, _put_secret(secret))
    except IngestError as error:
        if is_permission(error) or error.reason is not Reason.CREDENTIALS or blames_clock(error):
            raise
        if error.service_code == "ResourceNotFoundException":
            region = client.meta.region_name
            return broken(f"there is no secret {secret} in {region}", _new_secret(patient))
        return broken(error.detail, _put_secret(secret))
    return fine(f"the secret holds the key {_keep(patient, found)}")


def _check_variables(patient: Patient) -> Finding:
    try:
        found = EnvironmentCredentials(patient.environ).get()
    except UnusableKeyError as error:
        return broken(error.detail, "Set the variable again, without the character.")
    if not found.access_key_id or not found.access_key_secret:
        return broken(
            "no access key: ALIBABA_CLOUD_ACCESS_KEY_ID or ALIBABA_CLOUD_ACCESS_KEY_SECRET is not set",
            "Set both, or name a secret: INGEST_CREDENTIALS_SECRET (on AWS). For access without a key, set\n"
            "INGEST_ROLE_ARN and INGEST_OIDC_PROVIDER_ARN as they shall be, and repeat: doctor prints what to create.",
        )
    return fine(f"the variables hold the key {_keep(patient, found)}")


def _keep(patient: Patient, key: Credentials) -> str:
    """Keep the key for the calls to Image Search. Return what may be shown of it."""
    patient.ask("key", lambda: key)
    patient.key_id = _mask(key)
    return f"{patient.key_id}{', with a security token' if key.security_token else ''}"


def _mask(key: Credentials) -> str:
    return f"{(key.access_key_id or '')[:6]}..."


def _put_secret(secret: str) -> str:
    return fixes.aws("secretsmanager", "put-secret-value", secret_id=secret, secret_string=_SHAPE)


def _new_secret(patient: Patient) -> str:
    made = fixes.aws("secretsmanager", "create-secret", name="imagesearch-ingest", secret_string=_SHAPE)
    return f"{made}\n{fixes.set_setting(patient, 'credentials_secret', 'ARN-of-the-secret')}"


def ask_detail(patient: Patient) -> InstanceDetail:
    """Return what Detail says of the instance, with the function's key, or else with the shell's."""
    for field in ("instance_name", "instance_region"):
        patient.require(field)
    return patient.ask("detail", lambda: instance_client(patient).detail())


def instance_client(patient: Patient) -> InstanceClient:
    """Return the client of the instance. Nothing is asked yet."""
    return patient.ask("instance", lambda: InstanceClient(patient.settings, _Source(patient)))


class _Source:
    """The function's key if it could be read, or else the shell's."""

    def __init__(self, patient: Patient) -> None:
        self._patient = patient

    def get(self, *, fresh: bool = False) -> Credentials:  # noqa: ARG002 - there is no cache
        key = self._patient.ask("key", lambda: EnvironmentCredentials(self._patient.environ).get())
        self._patient.key_id = _mask(key)
        return key


def has_own_key(patient: Patient) -> bool:
    """Return whether the key that the function uses could be read."""
    found = patient.found.get("key.secret")
    return bool(found and found.ok and not patient.settings.role_arn)


def check_key(patient: Patient) -> Finding:
    """Make one signed call. Only the code tells whether the key is refused or lacks a permission."""
    if not has_own_key(patient) and not patient.environ.get("ALIBABA_CLOUD_ACCESS_KEY_ID"):
        raise CannotSeeError(NEEDS_OWN_KEY if patient.settings.role_arn else "needs key.secret")
    finding = _judge_call(patient)
    if has_own_key(patient) or finding.ok is None:
        return finding
    why = "only the function can assume the role" if patient.settings.role_arn else "needs key.secret"
    return replace(finding, ok=None, detail=f"unknown: {why}; of this shell's key: {finding.detail}")


def _judge_call(patient: Patient) -> Finding:
    try:
        ask_detail(patient)
    except IngestError as error:
        code = error.service_code or ""
        if refuses_key(code):
            return _judge_refusal(patient, code)
        if code in _ACCOUNT:
            return broken(f"the account is refused ({code})", "Open the Alibaba Cloud console: the account needs care.")
        if is_permission(error):
            return fine(f"accepted, though it lacks {DETAIL}")
        if error.reason in _CODES_OF_INSTANCE:
            return fine("accepted")
        raise
    return fine("accepted")


def _judge_refusal(patient: Patient, code: str) -> Finding:
    key = patient.ask("key", lambda: EnvironmentCredentials(patient.environ).get())
    wrong = next((row for start, row in _WRONG.items() if code.startswith(start)), ("is refused", "{new}"))
    secret = patient.settings.credentials_secret
    put = _put_secret(secret) if secret else "Set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET."
    token = put if secret else "Set ALIBABA_CLOUD_SECURITY_TOKEN, and the key that came with it, anew."
    fix = wrong[1].format(id=key.access_key_id, new=f"aliyun ram CreateAccessKey --UserName USER\n{put}", token=token)
    return broken(f"the key {_mask(key)} {wrong[0]} ({code})", fix)


KEY = [
    Check("key.secret", check_secret, action="secretsmanager:GetSecretValue"),
    Check("key.valid", check_key, ("network.instance",), DETAIL),
]
