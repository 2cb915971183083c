"""Check what a deployment without an access key needs: AWS's federation, and RAM's identity provider and role.

Only the function can assume the role. The reads of RAM take the operator's own key, from the shell.
"""

import hashlib
import http.client
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from imagesearch_ingest.adapters.aws.codes import STS
from imagesearch_ingest.adapters.aws.errors import translate_errors
from imagesearch_ingest.events import lenient_json
from imagesearch_ingest.model.codes import CREDENTIALS
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ops.doctor import fixes
from imagesearch_ops.doctor.check import Check
from imagesearch_ops.doctor.checks.access_key import NEEDS_OWN_KEY
from imagesearch_ops.doctor.checks.network import Way, read_chain
from imagesearch_ops.doctor.findings import CannotSeeError, Finding, broken, fine, unknown
from imagesearch_ops.doctor.keyless_setup import ROLES, KeylessSetup
from imagesearch_ops.doctor.keyless_trust import find_refusals, find_unread
from imagesearch_ops.doctor.openapi import IMS_VERSION, RAM_VERSION, call_rpc
from imagesearch_ops.doctor.patient import Patient

SETUP = "keyless.setup"
_IAM_CODES = {**STS, "FeatureDisabled": CREDENTIALS}
_ACTION = "sts:GetWebIdentityToken"


def describe_setup(patient: Patient) -> KeylessSetup:
    """Return what the deployment needs. Raise ``CannotSeeError`` if a setting is missing or wrong."""
    role, provider = patient.require("role_arn"), patient.require("oidc_provider_arn")
    return KeylessSetup(
        role_arn=role,
        provider_arn=provider,
        audience=patient.settings.oidc_audience,
        instance=patient.require("instance_name"),
        region=patient.require("instance_region"),
        subjects=_find_subjects(patient),
        has_audit=bool(patient.stack and patient.stack.parameters.get("AuditSchedule")),
    )


def _find_subjects(patient: Patient) -> tuple[str, ...]:
    """Return the ARNs of the roles of the stack's functions. CloudFormation chooses their ends."""
    mine = _function_role(patient)
    parts = (mine or patient.who).split(":")
    partition, account = (parts[1], parts[4]) if parts[0] == "arn" else ("aws", "ACCOUNT")
    stack = patient.stack.name if patient.stack else patient.settings.stack_name
    known = tuple(f"arn:{partition}:iam::{account}:role/{stack}-{role}-*" for role in ROLES)
    return known if not mine or mine.startswith(known[0][:-1]) else (mine, *known[1:])


def _function_role(patient: Patient) -> str | None:
    return str(patient.function["Role"]) if patient.function and patient.function.get("Role") else None


def _read_federation(patient: Patient) -> Mapping[str, Any]:
    def call() -> Mapping[str, Any]:
        with translate_errors("asking IAM for the federation", _IAM_CODES):
            found: Mapping[str, Any] = patient.client("iam").get_outbound_web_identity_federation_info()
        return found

    return patient.ask("federation", call)


def check_federation(patient: Patient) -> Finding:
    """Look whether roles of this AWS account can get identity tokens."""
    fix = "\n".join(describe_setup(patient).enable())
    try:
        found = _read_federation(patient)
    except IngestError as error:
        if error.service_code in {"FeatureDisabled", "FeatureDisabledException"}:
            return broken("outbound web identity federation is not enabled for this AWS account", fix)
        raise
    if not found.get("JwtVendingEnabled"):
        return broken("outbound web identity federation is disabled", fix)
    return fine(f"the issuer is {found.get('IssuerIdentifier')}")


def check_permission(patient: Patient) -> Finding:
    """Ask IAM whether the function's role may get a token. A permissions boundary counts, too."""
    role = _function_role(patient)
    if role is None:
        raise CannotSeeError("the function's role is not known; name the deployment by --stack")
    context = {"sts:IdentityTokenAudience": "stringList", "sts:SigningAlgorithm": "string"}
    values = {"sts:IdentityTokenAudience": patient.settings.oidc_audience, "sts:SigningAlgorithm": "RS256"}
    entries = [
        {"ContextKeyName": name, "ContextKeyType": kind, "ContextKeyValues": [values[name]]}
        for name, kind in context.items()
    ]
    entries.append({"ContextKeyName": "sts:DurationSeconds", "ContextKeyType": "numeric", "ContextKeyValues": ["300"]})
    with translate_errors("simulating the policies of the function's role", STS):
        answer = patient.client("iam").simulate_principal_policy(
            PolicySourceArn=role, ActionNames=[_ACTION], ContextEntries=entries
        )
    decision = answer["EvaluationResults"][0]["EvalDecision"]
    if decision != "allowed":
        return broken(f"{role} may not call {_ACTION} ({decision})", "sam deploy  # the template allows it")
    return fine(f"{role} may call {_ACTION}")


def check_provider(patient: Patient) -> Finding:
    """Compare RAM's identity provider with AWS's issuer and with the audience of the settings."""
    setup = describe_setup(patient)
    try:
        provider = _read_provider(patient, setup)
    except IngestError as error:
        if (error.service_code or "").startswith("EntityNotExist"):
            return broken(f"there is no OIDC provider {setup.provider}", "\n".join(setup.create_provider()))
        raise
    if provider.get("Arn") not in (None, setup.provider_arn):
        return broken(
            f"{setup.provider} is {provider['Arn']}, the settings have {setup.provider_arn}",
            fixes.set_setting(patient, "oidc_provider_arn", str(provider["Arn"])),
        )
    issuer = _known_issuer(patient)
    if issuer and provider.get("IssuerUrl") != issuer:
        remove = f"aliyun ims DeleteOIDCProvider --OIDCProviderName {setup.provider}"
        return broken(
            f"its issuer is {provider.get('IssuerUrl')}, that of the AWS account is {issuer}",
            "\n".join([remove, *setup.create_provider()]),
        )
    if setup.audience not in _split(provider.get("ClientIds")):
        return broken(f"{setup.audience} is not one of its client IDs", "\n".join(setup.add_client_id()))
    return fine(f"{setup.provider} takes tokens of {provider.get('IssuerUrl')} for {setup.audience}")


def check_fingerprint(patient: Patient) -> Finding:
    """Compare the provider's fingerprints with the certificates of the issuer."""
    setup = describe_setup(patient)
    provider = _read_provider(patient, setup)
    known = {one.lower() for one in _split(provider.get("Fingerprints"))}
    fix = "\n".join(setup.add_fingerprint())
    try:
        chain = read_chain(Way.of(patient), urlsplit(str(provider.get("IssuerUrl"))).hostname or "")
    except (OSError, http.client.HTTPException) as error:
        raise CannotSeeError(f"the issuer cannot be reached from here ({type(error).__name__})", fix) from None
    found = [hashlib.sha1(one).hexdigest() for one in chain[1:]]  # noqa: S324 - RAM's choice
    if not known & set(found):
        return broken("no fingerprint is that of an authority of the issuer: it was renewed, or is another", fix)
    return fine(f"{len(known)} known, one is that of the issuer's authority")


def check_role(patient: Patient) -> Finding:
    """Look whether the role exists, and whether its trust policy accepts the function's tokens."""
    setup = describe_setup(patient)
    try:
        role = _call(patient, "ram", "GetRole", RoleName=setup.role).get("Role") or {}
    except IngestError as error:
        if (error.service_code or "").startswith("EntityNotExist"):
            fix = [*setup.find_issuer(), *setup.create_role(), *setup.create_policy()]
            return broken(f"there is no role {setup.role}", "\n".join(fix))
        raise
    claims = {"oidc:aud": setup.audience, "oidc:iss": _known_issuer(patient), "oidc:sub": _function_role(patient)}
    policy: Any = lenient_json.load(str(role.get("AssumeRolePolicyDocument") or "{}"))
    refusals = find_refusals(policy, setup.provider_arn, {key: value for key, value in claims.items() if value})
    if refusals:
        return broken(f"{setup.role} refuses the function: {'; '.join(refusals)}", "\n".join(setup.update_role()))
    if unread := find_unread(policy, setup.provider_arn):
        return unknown(f"the trust policy of {setup.role} has {' and '.join(unread)}, which is not looked at")
    if claims["oidc:sub"] is None:
        return unknown(f"{setup.role} accepts this provider; whether it accepts the function's role cannot be seen")
    return fine(f"{setup.role} accepts the function")


def check_policy(patient: Patient) -> Finding:
    """Look whether anything is allowed to the role."""
    setup = describe_setup(patient)
    body = _call(patient, "ram", "ListPoliciesForRole", RoleName=setup.role)
    names = [str(one.get("PolicyName")) for one in (body.get("Policies") or {}).get("Policy") or ()]
    if not names:
        return broken(f"no policy is attached to {setup.role}: it may do nothing", "\n".join(setup.create_policy()))
    return fine(f"{setup.role} has {', '.join(names)}")


def check_setup(patient: Patient) -> Finding:
    """Tell what to create on both sides, unless everything is there."""
    found = [finding for name, finding in patient.found.items() if name.startswith("keyless.")]
    if all(finding.ok for finding in found):
        return fine("nothing to create")
    what = "see what is broken" if any(finding.ok is False for finding in found) else "not everything could be seen"
    return unknown(f"{what}; below is all that has to be there", "\n".join(describe_setup(patient).commands()))


def _known_issuer(patient: Patient) -> str | None:
    """Return AWS's issuer, if the caller may see it."""
    try:
        return _read_federation(patient).get("IssuerIdentifier")
    except IngestError:
        return None


def _read_provider(patient: Patient, setup: KeylessSetup) -> Mapping[str, Any]:
    body = _call(patient, "ims", "GetOIDCProvider", OIDCProviderName=setup.provider)
    found: Mapping[str, Any] = body.get("OIDCProvider") or {}
    return found


def _call(patient: Patient, service: str, action: str, **query: str) -> Mapping[str, Any]:
    """Return the answer of RAM. Raise ``CannotSeeError`` without a key of the operator's own."""
    if not patient.environ.get("ALIBABA_CLOUD_ACCESS_KEY_ID"):
        words = " ".join(f"--{name} {value}" for name, value in query.items())
        raise CannotSeeError(NEEDS_OWN_KEY, f"aliyun {service} {action} {words}")
    version = IMS_VERSION if service == "ims" else RAM_VERSION
    return patient.ask(
        f"{action} {query}", lambda: call_rpc(patient, f"{service}.aliyuncs.com", version, action, query)
    )


def _split(text: object) -> list[str]:
    return [one.strip() for one in str(text or "").split(",") if one.strip()]


def is_keyless(patient: Patient) -> bool:
    """Return whether the deployment is meant to have no access key."""
    settings = patient.settings
    wanted = {"role_arn", "oidc_provider_arn"} & patient.unset
    return bool(settings.role_arn or settings.oidc_provider_arn or wanted)


_CALLER, _PROVIDER = ("identity.aws",), ("keyless.provider",)
KEYLESS = [
    Check("keyless.federation", check_federation, _CALLER, "iam:GetOutboundWebIdentityFederationInfo"),
    Check("keyless.permission", check_permission, _CALLER, "iam:SimulatePrincipalPolicy"),
    Check("keyless.provider", check_provider, action="ram:GetOIDCProvider"),
    Check("keyless.fingerprint", check_fingerprint, _PROVIDER, "ram:GetOIDCProvider"),
    Check("keyless.role", check_role, action="ram:GetRole"),
    Check("keyless.policy", check_policy, ("keyless.role",), "ram:ListPoliciesForRole"),
    Check(SETUP, check_setup),
]
