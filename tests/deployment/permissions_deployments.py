"""Deployments of the template that together use every permission of its roles."""

from dataclasses import dataclass, field

from local_cloud.clouds.aws import AwsCloud
from tests.deployment import permissions_platform as platform
from tests.deployment.cloudformation import PSEUDO, Stack
from tests.deployment.permissions import Grant
from tests.deployment.permissions_aws import Place
from tests.deployment.permissions_journeys import KeylessCloud, SecretCloud
from tests.support.cloudformation import load

KEY = "arn:aws:kms:eu-west-1:123456789012:key/"
SECRET = {"CredentialsSecretArn": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:imagesearch-AbCdEf"}
KEYLESS = {
    "AlibabaRoleArn": "acs:ram::1234567890123456:role/imagesearch-ingest",
    "AlibabaOidcProviderArn": "acs:ram::1234567890123456:oidc-provider/aws",
}
VPC = {"SubnetIds": "subnet-0123456789abcdef0", "SecurityGroupIds": "sg-0123456789abcdef0"}
KEYS = {"CredentialsKeyArn": f"{KEY}secret", "BucketKeyArn": f"{KEY}bucket", "QueueKeyArn": f"{KEY}queue"}


@dataclass(frozen=True)
class Deployment:
    """A stack's parameters, and the local cloud that stands for it."""

    parameters: dict[str, str]
    prefixes: tuple[str, ...] = ("",)
    kind: type[AwsCloud] = SecretCloud
    stack: Stack = field(init=False)

    def __post_init__(self) -> None:
        given = {"InstanceName": "pictures", "AuditSchedule": "rate(30 days)", "KeyPrefix": ",".join(self.prefixes)}
        object.__setattr__(self, "stack", Stack(load(), **given | self.parameters))

    def place(self, cloud: AwsCloud) -> Place:
        names = {
            cloud.bucket: f"arn:aws:s3:::{self.parameters.get('ExistingBucketName', '<Bucket>')}",
            "ingest": "<Queue.Arn>",
            "ingest-dead-letters": "<DeadLetterQueue.Arn>",
            "ingest-rule-dead-letters": "<RuleDeadLetterQueue.Arn>",
            "uploads": "<UploadRule.Arn>",
            getattr(cloud, "secret", ""): self.parameters.get("CredentialsSecretArn", ""),
        }
        keys = {"s3": "BucketKeyArn", "sqs": "QueueKeyArn", "secretsmanager": "CredentialsKeyArn"}
        held = {service: self.parameters[name] for service, name in keys.items() if name in self.parameters}
        return Place(PSEUDO["AWS::Region"], names, self.prefixes, held)

    def network(self) -> set[Grant]:
        return platform.connect_to_vpc() if "SubnetIds" in self.parameters else set()


DEPLOYMENTS = {
    "secret": Deployment(SECRET),
    "own keys, prefixes": Deployment(SECRET | KEYS | {"ExistingBucketName": "shop"}, ("cups/", "red mugs/")),
    "keyless, VPC": Deployment(KEYLESS | VPC | {"OidcAudience": "sts.aliyuncs.com"}, ("cups/",), KeylessCloud),
}
