"""Which permissions each call to AWS needs, and which the platform needs on a function's behalf.

Sources: AWS's Service Authorization Reference, whose facts are in ``permissions_facts.json``; the S3 API reference,
"Permissions" of each operation; the SQS developer guide, "Key management", for which actions use the queue's key.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.deployment.permissions import Grant, grant
from tests.deployment.permissions_requests import Call

# The action that an operation needs, where it has not the operation's name.
ACTIONS = {
    "s3:HeadObject": "s3:GetObject",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:ListObjects": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "s3:GetBucketNotificationConfiguration": "s3:GetBucketNotification",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
}
# The actions of a key that a queue's actions use (SQS developer guide, "Configure KMS permissions").
QUEUE_KEY = {
    "sqs:SendMessage": ("kms:Decrypt", "kms:GenerateDataKey"),
    "sqs:ReceiveMessage": ("kms:Decrypt",),
}
_VERSIONED = {"s3:GetObject", "s3:DeleteObject"}


def find_action(call: Call) -> str:
    """Return the action that the call needs. A named version of an object needs another one."""
    action = ACTIONS.get(call.name, call.name)
    return f"{action}Version" if action in _VERSIONED and call.given.get("versionId") else action


@dataclass(frozen=True)
class Place:
    """What the local resources stand for. ``prefixes`` are those of the stack, ``keys`` its KMS keys by service.

    ``names`` maps the names of local resources to ARNs. The ARN of a bucket has no key.
    """

    region: str
    names: Mapping[str, str]
    prefixes: tuple[str, ...] = ("",)
    keys: Mapping[str, str] = field(default_factory=dict)

    def needs(self, call: Call) -> set[Grant]:
        """Return the permissions that a call needs, whatever it finds."""
        return {self._name(call, find_action(call)), *(self._key_needs(call) if call.service != "s3" else ())}

    def decryption(self, call: Call) -> set[Grant]:
        """Return the permissions that a read needs if it finds an object."""
        return set(self._key_needs(call))

    def listing(self, call: Call) -> Grant:
        """Return the permission that tells a missing object from a forbidden one (GetObject reference, Permissions)."""
        return grant("s3:ListBucket", self.names[call.given["Bucket"]])

    def _name(self, call: Call, action: str) -> Grant:
        """Return the permission: the action, on the resource that stands for the local one."""
        given = call.given
        match call.service:
            case "s3":
                return self._name_in_bucket(given, action)
            case "sts":
                return grant(action, "*", *_describe_token(given))
        if "SourceArn" in given:  # of a move task
            return grant(action, self.names[given["SourceArn"].rpartition(":")[2]])
        names = {"sqs": "QueueUrl", "secretsmanager": "SecretId", "events": "Name" if "Name" in given else "Rule"}
        return grant(action, self.names[given[names[call.service]].rpartition("/")[2]])

    def _name_in_bucket(self, given: Mapping[str, Any], action: str) -> Grant:
        bucket = self.names[given["Bucket"]]
        if "Key" in given:
            return grant(action, f"{bucket}/{self._shape(given['Key'])}")
        if action == "s3:ListBucket" and self.prefixes != ("",):
            return grant(action, bucket, f"s3:prefix={self._shape(given.get('prefix', ''))}")
        return grant(action, bucket)

    def _shape(self, key: str) -> str:
        """Return the pattern for a key, or for the prefix of a listing: a prefix of the stack, or the text itself."""
        return next((f"{one}*" for one in self.prefixes if key.startswith(one)), key)

    def _key_needs(self, call: Call) -> Iterator[Grant]:
        """Yield what the service needs of the KMS key on behalf of the caller."""
        if call.service in self.keys:
            for action in _key_actions(call):
                service = f"kms:ViaService={call.service}.{self.region}.amazonaws.com"
                yield grant(action, self.keys[call.service], service)


def _key_actions(call: Call) -> tuple[str, ...]:
    """Return the actions of the key. Looking at an object needs none, but for its checksum (HeadObject reference)."""
    match call.name:
        case "s3:GetObject" | "secretsmanager:GetSecretValue":
            return ("kms:Decrypt",)
        case "s3:HeadObject" if call.given.get("ChecksumMode"):
            return ("kms:Decrypt",)
    return QUEUE_KEY.get(ACTIONS.get(call.name, call.name), ())


def _describe_token(given: Mapping[str, Any]) -> Iterator[str]:
    """Yield the tightest conditions that let this token pass."""
    audiences = [value for name, value in given.items() if name.startswith("Audience.")]
    yield "some sts:IdentityTokenAudience"
    yield from (f"every sts:IdentityTokenAudience={one}" for one in audiences)
    yield f"sts:DurationSeconds<={given['DurationSeconds']}"
    yield f"sts:SigningAlgorithm={given['SigningAlgorithm']}"
