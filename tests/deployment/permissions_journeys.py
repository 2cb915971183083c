"""Let the real functions meet everything that makes them call AWS, behind a gate that holds a role's permissions."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends

from local_cloud.aws import POLLER_ACCESS_KEY_ID
from local_cloud.clouds.aws import AwsCloud
from local_cloud.clouds.cloud import ACCESS_KEY_ID, ACCESS_KEY_SECRET, FUNCTION_TIMEOUT_SECONDS
from local_cloud.clouds.keyless import KeylessAwsCloud
from local_cloud.image_search.models import Entry
from local_cloud.runtimes.function import LocalFunction
from tests.deployment.conftest import ROOT
from tests.deployment.permissions import Grant
from tests.e2e.conftest import wait_until
from tests.support.pictures import jpeg
from tests.support.watch import watch_environ, wire_up

# The IDs of the keys with which each role's calls are signed: Lambda's poller acts in the function's role.
INGEST_KEY, AUDIT_KEY, WATCH_KEY = "local-ingest", "local-audit", "local-watch"
KEYS_OF_ROLES = {"IngestRole": (INGEST_KEY, POLLER_ACCESS_KEY_ID), "AuditRole": (AUDIT_KEY,), "WatchRole": (WATCH_KEY,)}
NO_PERMISSION = {"leg": "add", "kind": "error", "code": "NoPermission", "status": 403, "times": None}
SECRET = "alibaba-cloud-key"


class _OwnKey(AwsCloud):
    """A cloud whose functions have a key of their own at AWS."""

    ADDS_A_SECOND = 1000

    def environ(self) -> dict[str, str]:
        return super().environ() | {"AWS_ACCESS_KEY_ID": INGEST_KEY}


class SecretCloud(_OwnKey):
    """A cloud whose functions read their key for Alibaba Cloud from a secret."""

    secret = ""

    def _start_storage(self, stack: Any) -> None:
        super()._start_storage(stack)
        key = json.dumps({"access_key_id": ACCESS_KEY_ID, "access_key_secret": ACCESS_KEY_SECRET})
        self.secret = self.aws.client("secretsmanager").create_secret(Name=SECRET, SecretString=key)["ARN"]

    def environ(self) -> dict[str, str]:
        given = {name: value for name, value in super().environ().items() if not name.startswith("ALIBABA_CLOUD")}
        return given | {"INGEST_CREDENTIALS_SECRET": self.secret}


class KeylessCloud(_OwnKey, KeylessAwsCloud):
    """A cloud whose functions keep no key for Alibaba Cloud."""


class RefusedError(Exception):
    """A call was refused for its permission, so a journey does not come to its end."""


class Outcomes:
    """The outcome lines of the function's log. ``refused`` are the permissions that a call lacked."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []
        self.refused: set[Grant] = set()

    def add(self, line: str) -> None:
        content = json.loads(line)
        if content.get("message") == "object":
            self.lines.append(content)

    def of(self, key: str) -> list[str]:
        return [line["outcome"] for line in self.lines if line.get("key") == key]

    def wait(self, key: str, *expected: str) -> None:
        """Wait for the latest outcomes of a key. Raise ``RefusedError`` if a call has been refused."""
        wait_until(lambda: self.refused or self.of(key)[-len(expected) :] == list(expected), 60)
        if self.refused:
            raise RefusedError(sorted(map(str, self.refused)))


def ingest(cloud: AwsCloud, prefixes: tuple[str, ...], outcomes: Outcomes) -> None:
    """Add, overwrite, change attributes, reject, remove, restore, and wait for a permission of Image Search."""
    for prefix in prefixes:
        one, bad, late = f"{prefix}cup/1.jpg", f"{prefix}cup/bad.jpg", f"{prefix}cup/late.jpg"
        cloud.upload(one, jpeg())
        outcomes.wait(one, "added")
        cloud.upload(one, jpeg(200, 320), {"imagesearch-int-attr": "7"})
        outcomes.wait(one, "added", "added")
        cloud.remove(one)
        outcomes.wait(one, "deleted")
        cloud.upload(one, jpeg())
        outcomes.wait(one, "deleted", "added")
        cloud.upload(bad, b"no picture")
        outcomes.wait(bad, "rejected")
        cloud.image_search.faults.add(NO_PERMISSION)
        cloud.upload(late, jpeg())
        outcomes.wait(late, "failed")
        cloud.image_search.faults.clear()
        cloud.upload(one, jpeg(240, 200))
        outcomes.wait(one, "added", "added")  # the other record has been put off by now


def audit(cloud: AwsCloud, prefixes: tuple[str, ...]) -> None:
    """Compare a bucket that is a day old with the index.

    Each prefix has an object that is indexed, one that is not, and one that was rejected. An entry is left over only if
    the whole bucket is compared: whether S3 says that an object is gone to a role that may list a prefix is not known.
    """
    for stored in s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets[cloud.bucket].keys.values():
        stored.last_modified -= timedelta(days=1)
    index = cloud.image_search._parts.index  # noqa: SLF001 - the function adds no entry whose object is gone
    if prefixes == ("",):
        index.add(Entry("cup", "cup/gone.jpg", b"", 100, 100, "JPEG", 0, 0, {}))
    cloud.image_search.change_tasks(seconds=0.05)
    variables = {"AUDIT_URL": f"s3://{cloud.bucket}/", "AUDIT_PREFIXES": ",".join(filter(None, prefixes))}
    variables["AWS_ACCESS_KEY_ID"] = AUDIT_KEY
    invoke("audit", cloud.environ() | variables)


def watch(cloud: AwsCloud, prefixes: tuple[str, ...]) -> None:
    """Look at a bucket that announces."""
    wire_up(cloud)
    variables = {"WATCH_KEY_PREFIXES": ",".join(filter(None, prefixes)), "AWS_ACCESS_KEY_ID": WATCH_KEY}
    invoke("watch", watch_environ(cloud) | variables)


def invoke(name: str, environ: Mapping[str, str]) -> Any:
    """Run a function once, in a process of its own."""
    with _function(name, environ) as function:
        return function.invoke({})


@contextmanager
def _function(name: str, environ: Mapping[str, str]) -> Iterator[LocalFunction]:
    function = LocalFunction(ROOT / f"functions/{name}", dict(environ), timeout_seconds=FUNCTION_TIMEOUT_SECONDS)
    try:
        yield function
    finally:
        function.close()
