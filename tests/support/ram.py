"""The reads of RAM and IMS that ``doctor`` makes, and what it tells to create, on the local cloud."""

# ruff: noqa: N802 - the methods are named after the operations

import json
from collections.abc import Mapping
from typing import Any

from local_cloud.clouds.keyless import ALIBABA_ACCOUNT, KeylessAwsCloud
from local_cloud.server.wire import Client, Request, Response, json_response
from local_cloud.sts import OidcProvider, Role

HOSTS = ("ims.aliyuncs.com", "ram.aliyuncs.com")


class Ram:
    """The providers and roles of the local STS, as RAM shows them. ``attached`` has the policies of each role.

    With ``refuses``, the caller lacks every permission.
    """

    def __init__(self, cloud: KeylessAwsCloud) -> None:
        self._cloud = cloud
        self.attached: dict[str, list[str]] = {}
        self.policies: dict[str, dict[str, Any]] = {}
        self.refuses = False
        cloud.image_search.serve_neighbour(HOSTS, self._respond)

    def _respond(self, request: Request, _client: Client) -> Response:
        given = dict(request.query)
        action = request.headers.get("x-acs-action") or given.get("Action", "")
        if self.refuses:
            return json_response(403, {"Code": "NoPermission", "Message": "not authorized", "RequestId": "R"})
        status, body = self.call(action, given)
        return json_response(status, body)

    def call(self, action: str, given: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        """Return the status and the body of an operation, with the parameters that its metadata has."""
        name = given.get("OIDCProviderName") or given.get("RoleName") or given.get("PolicyName", "")
        kind = "oidc-provider" if "OIDCProviderName" in given else "role"
        try:
            return 200, getattr(self, f"_{action}")(f"acs:ram::{ALIBABA_ACCOUNT}:{kind}/{name}", given) or {}
        except LookupError:
            what = "OIDCProvider" if kind == "oidc-provider" else "Role"
            return 404, {"Code": f"EntityNotExist.{what}", "Message": "it does not exist", "RequestId": "R"}

    def _provider(self, arn: str) -> OidcProvider:
        if provider := self._cloud.sts.find_provider(arn):
            return provider
        raise LookupError(arn)

    def _role(self, arn: str) -> Role:
        if role := self._cloud.sts.find_role(arn):
            return role
        raise LookupError(arn)

    def _GetOIDCProvider(self, arn: str, _: Mapping[str, str]) -> dict[str, Any]:
        return {"OIDCProvider": _describe(self._provider(arn))}

    def _GetRole(self, arn: str, _: Mapping[str, str]) -> dict[str, Any]:
        return {"Role": {"Arn": arn, "AssumeRolePolicyDocument": json.dumps(self._role(arn).trust_policy)}}

    def _ListPoliciesForRole(self, arn: str, given: Mapping[str, str]) -> dict[str, Any]:
        self._role(arn)
        return {"Policies": {"Policy": [{"PolicyName": one} for one in self.attached.get(given["RoleName"], [])]}}

    def _CreateOIDCProvider(self, arn: str, given: Mapping[str, str]) -> None:
        ids, fingerprints = (set(given[field].split(",")) for field in ("ClientIds", "Fingerprints"))
        self._cloud.sts.put_provider(OidcProvider(arn, given["IssuerUrl"], ids, fingerprints))

    def _AddClientIdToOIDCProvider(self, arn: str, given: Mapping[str, str]) -> None:
        self._provider(arn).client_ids.add(given["ClientId"])

    def _AddFingerprintToOIDCProvider(self, arn: str, given: Mapping[str, str]) -> None:
        self._provider(arn).fingerprints.add(given["Fingerprint"])

    def _DeleteOIDCProvider(self, arn: str, _: Mapping[str, str]) -> None:
        self._cloud.sts.delete_provider(self._provider(arn).arn)

    def _CreateRole(self, arn: str, given: Mapping[str, str]) -> None:
        self._cloud.sts.put_role(arn, json.loads(given["AssumeRolePolicyDocument"]))

    def _UpdateRole(self, arn: str, given: Mapping[str, str]) -> None:
        self._cloud.sts.put_role(self._role(arn).arn, json.loads(given["NewAssumeRolePolicyDocument"]))

    def _CreatePolicy(self, _: str, given: Mapping[str, str]) -> None:
        self.policies[given["PolicyName"]] = json.loads(given["PolicyDocument"])

    def _AttachPolicyToRole(self, arn: str, given: Mapping[str, str]) -> None:
        assert given["PolicyType"] == "Custom"
        assert given["PolicyName"] in self.policies
        self.attached.setdefault(self._role(arn).name, []).append(given["PolicyName"])


def _describe(provider: OidcProvider) -> dict[str, str]:
    return {
        "Arn": provider.arn,
        "IssuerUrl": provider.issuer,
        "ClientIds": ",".join(sorted(provider.client_ids)),
        "Fingerprints": ",".join(sorted(provider.fingerprints)),
    }
