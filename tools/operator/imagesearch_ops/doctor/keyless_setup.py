"""Word what to create on both clouds for a deployment without an access key, as commands to copy into bash.

Sources: botocore's model of IAM; the metadata of Alibaba Cloud's command line for IMS 2019-08-15 and RAM 2015-05-01;
RAM user guide, "Obtain an OIDC IdP certificate thumbprint with OpenSSL": the fingerprint is the SHA-1 digest of the
last certificate that the issuer sends.
"""

import json
import re
from dataclasses import dataclass

from imagesearch_ops.shell import quote

ACTIONS = ("imagesearch:AddImage", "imagesearch:DeleteImage", "imagesearch:Detail")
AUDIT_ACTIONS = ("imagesearch:CheckImageExists", "imagesearch:DumpMeta", "imagesearch:DumpMetaList")
ROLES = ("IngestRole", "AuditRole", "WatchRole")  # of the template; CloudFormation adds the stack and a random part
_ISSUER = "ISSUER"
_EMPTIED = """'CredentialsSecretArn=""'"""  # the only form of an empty value that SAM takes
_FIND_ISSUER = "aws iam get-outbound-web-identity-federation-info --query IssuerIdentifier --output text"
_LAST_CERTIFICATE = """awk '/BEGIN CERT/{text=""} {text=text $0 ORS} /END CERT/{last=text} END{printf "%s", last}'"""
_FIND_FINGERPRINT = (
    'openssl s_client -connect "${issuer#https://}:443" -servername "${issuer#https://}" -showcerts </dev/null '
    f"2>/dev/null | {_LAST_CERTIFICATE} | openssl x509 -noout -fingerprint -sha1 | sed 's/.*=//; s/://g' | tr A-F a-f"
)


@dataclass(frozen=True, slots=True)
class KeylessSetup:
    """What a deployment needs. ``subjects`` are the roles of AWS that are trusted; ``*`` stands for any text."""

    role_arn: str
    provider_arn: str
    audience: str
    instance: str
    region: str
    subjects: tuple[str, ...]
    has_audit: bool = False

    @property
    def role(self) -> str:
        return self.role_arn.rpartition("/")[2]

    @property
    def provider(self) -> str:
        return self.provider_arn.rpartition("/")[2]

    @property
    def account(self) -> str:
        return self.role_arn.split(":")[3]

    @property
    def policy(self) -> str:
        """The name of the policy: letters, digits and hyphens (CreatePolicy reference, "PolicyName")."""
        return re.sub("[^A-Za-z0-9-]", "-", self.role)

    def commands(self) -> list[str]:
        """Return everything to run, in order."""
        return [
            "# AWS, once for each account: let its roles identify themselves to other clouds",
            *self.enable(),
            "# Alibaba Cloud: trust that account, and let the functions use this instance",
            *self.create_provider(),
            *self.create_role(),
            *self.create_policy(),
            "# The functions: tell them",
            self.deploy(),
        ]

    def deploy(self) -> str:
        """Return the command that tells the stack. A secret that it names goes: a stack with both is refused."""
        arns = f"AlibabaRoleArn={quote(self.role_arn)} AlibabaOidcProviderArn={quote(self.provider_arn)}"
        return f"sam deploy --parameter-overrides {arns} OidcAudience={quote(self.audience)} {_EMPTIED}"

    def enable(self) -> list[str]:
        return ["aws iam enable-outbound-web-identity-federation"]

    def create_provider(self) -> list[str]:
        words = f"--OIDCProviderName {quote(self.provider)} --ClientIds {quote(self.audience)}"
        return [
            *self.find_issuer(),
            *self.find_fingerprint(),
            f'aliyun ims CreateOIDCProvider {words} --IssuerUrl "$issuer" --Fingerprints "$fingerprint"',
        ]

    def create_role(self) -> list[str]:
        document = self._trust_document()
        return [f"aliyun ram CreateRole --RoleName {quote(self.role)} --AssumeRolePolicyDocument {document}"]

    def update_role(self) -> list[str]:
        words = f"--RoleName {quote(self.role)} --NewAssumeRolePolicyDocument {self._trust_document()}"
        return [*self.find_issuer(), f"aliyun ram UpdateRole {words}"]

    def create_policy(self) -> list[str]:
        document = quote(json.dumps(self.permissions()))
        return [
            f"aliyun ram CreatePolicy --PolicyName {quote(self.policy)} --PolicyDocument {document}",
            *self.attach_policy(),
        ]

    def attach_policy(self) -> list[str]:
        words = f"--PolicyType Custom --PolicyName {quote(self.policy)} --RoleName {quote(self.role)}"
        return [f"aliyun ram AttachPolicyToRole {words}"]

    def add_client_id(self) -> list[str]:
        words = f"--OIDCProviderName {quote(self.provider)} --ClientId {quote(self.audience)}"
        return [f"aliyun ims AddClientIdToOIDCProvider {words}"]

    def add_fingerprint(self) -> list[str]:
        words = f'--OIDCProviderName {quote(self.provider)} --Fingerprint "$fingerprint"'
        return [*self.find_issuer(), *self.find_fingerprint(), f"aliyun ims AddFingerprintToOIDCProvider {words}"]

    def find_issuer(self) -> list[str]:
        return [f"issuer=$({_FIND_ISSUER})"]

    def find_fingerprint(self) -> list[str]:
        return [f"fingerprint=$({_FIND_FINGERPRINT})"]

    def permissions(self) -> dict[str, object]:
        """Return the least that the functions need: these operations, on this instance alone."""
        actions = [*ACTIONS, *(AUDIT_ACTIONS if self.has_audit else ())]
        resource = f"acs:imagesearch:{self.region}:{self.account}:instance/{self.instance}"
        return {"Version": "1", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": resource}]}

    def trust(self, issuer: str) -> dict[str, object]:
        """Return the trust policy of the role."""
        condition = {
            "StringEquals": {"oidc:iss": [issuer], "oidc:aud": [self.audience]},
            "StringLike": {"oidc:sub": list(self.subjects)},
        }
        statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Federated": [self.provider_arn]}}
        return {"Version": "1", "Statement": [statement | {"Condition": condition}]}

    def _trust_document(self) -> str:
        """Return the trust policy as a word of bash, in which the variable ``issuer`` is filled in."""
        return quote(json.dumps(self.trust(_ISSUER))).replace(_ISSUER, "'\"$issuer\"'")
