"""The local AWS with a function that keeps no access key: AWS's identity tokens, and Alibaba Cloud's STS."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from local_cloud.clouds.aws import AwsCloud
from local_cloud.clouds.aws_stack import name_function
from local_cloud.sts import OidcProvider, StsService
from local_cloud.sts.issuer import Route, find_fingerprint
from local_cloud.web_identity import Federation, Issuer
from local_cloud.web_identity.models import ACCOUNT

ALIBABA_ACCOUNT = "1234567890123456"
PROVIDER_ARN = f"acs:ram::{ALIBABA_ACCOUNT}:oidc-provider/aws"
ROLE_ARN = f"acs:ram::{ALIBABA_ACCOUNT}:role/imagesearch-ingest"
AUDIENCE = "sts.aliyuncs.com"
_KEYS = ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN")


class KeylessAwsCloud(AwsCloud):
    """A local AWS without an access key, with everything set up. ``sts`` is Alibaba Cloud's, ``federation`` AWS's.

    The proxy of the local Image Search serves STS's host names.
    """

    sts: StsService
    issuer: Issuer
    provider: OidcProvider

    @property
    def federation(self) -> Federation:
        return self.aws.web_identity.federation

    def environ(self) -> dict[str, str]:
        keyless = {"INGEST_ROLE_ARN": ROLE_ARN, "INGEST_OIDC_PROVIDER_ARN": PROVIDER_ARN}
        return {name: value for name, value in super().environ().items() if name not in _KEYS} | keyless

    def set_up(self) -> None:
        """Create on both sides what the function needs, or set everything right again."""
        self.federation.is_enabled = self.federation.is_allowed = True
        self.federation.clock_skew = self.sts.clock_skew = self.image_search.clock_skew = 0.0
        self.sts.checks_time, self.sts.key_seconds, self.issuer.is_down = True, None, False
        self.sts.faults.clear()
        self.aws.web_identity.faults.clear()
        self.federation.subject = f"arn:aws:iam::{ACCOUNT}:role/{name_function(self.name)}"
        issuer = self.federation.issuer
        fingerprint = find_fingerprint(self.issuer.ca_path)
        self.provider = self.sts.put_provider(OidcProvider(PROVIDER_ARN, issuer, {AUDIENCE}, {fingerprint}))
        self.sts.put_role(ROLE_ARN, trust_policy(issuer, AUDIENCE, self.federation.subject))
        self.trust_authorities(self.issuer.ca_path)

    def trust_authorities(self, *paths: Path) -> None:
        """Let STS trust these certificate authorities for the issuer, as it trusts those of the internet."""
        self.sts.routes[self.issuer.host] = Route(self.issuer.port, paths)

    def _start_storage(self, stack: ExitStack) -> None:
        super()._start_storage(stack)
        region = self._settings["INGEST_INSTANCE_REGION"]
        self.sts = StsService()  # answers through the proxy alone
        self.image_search.accept_keys_of(self.sts.find_key)
        self.image_search.serve_neighbour(("sts.aliyuncs.com", f"sts.{region}.aliyuncs.com"), self.sts.respond)
        self.issuer = stack.enter_context(Issuer(self.federation))
        self.set_up()


def trust_policy(issuer: str, audience: str, subject: str) -> dict[str, Any]:
    """Return the trust policy of a role that one principal of AWS may assume."""
    equals = {"oidc:iss": [issuer], "oidc:aud": [audience], "oidc:sub": [subject]}
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Federated": [PROVIDER_ARN]},
        "Condition": {"StringEquals": equals},
    }
    return {"Version": "1", "Statement": [statement]}
