"""The policies for Alibaba Cloud grant what the function's calls need: nothing is missing, and nothing is left over."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
import yaml

from imagesearch_ingest.model.errors import NotDoneError
from local_cloud.clouds.alibaba import DEAD_LETTER_QUEUE, QUEUE
from tests.deployment import permissions_platform as platform
from tests.deployment.conftest import ROOT
from tests.deployment.fc_deployment import Deployment
from tests.deployment.permissions import Grant
from tests.deployment.permissions_alibaba import Recorder, read_statements
from tests.deployment.ros.stack import SOURCE, Stack, read
from tests.support.function_compute import Function, QuickCloud
from tests.support.oss_events import bridged
from tests.support.pictures import jpeg

ACCOUNT, REGION = "1234567890123456", "cn-shanghai"
PREFIX = "shoes/"
REFUSED = {"leg": "add", "kind": "error", "code": "NoPermission", "status": 403, "times": None}


def stand(way: str, prefix: str = PREFIX) -> Stack:
    """Return the stack with the names that the other templates have by default."""
    given = {"ExistingBucketName": "your-bucket", "InstanceName": "your-instance", "InstanceRegion": REGION}
    return Stack(
        read(SOURCE.read_text(encoding="utf-8")), "imagesearch-ingest", DeployFunction=way, KeyPrefix=prefix, **given
    )


def render(name: str) -> dict[str, Any]:
    """Return a template of Serverless Devs with the defaults of its variables filled in, as ``s preview`` does."""
    text = re.sub(r'\$\{(?:json\()?env\("\w+", ("[^"]*")\)\)?\}', r"\1", (ROOT / name).read_text(encoding="utf-8"))
    template = yaml.safe_load(text)
    return _fill(template, template["vars"])


def _fill(value: Any, variables: dict[str, Any]) -> Any:
    match value:
        case dict():
            return {key: _fill(item, variables) for key, item in value.items()}
        case list():
            return [_fill(item, variables) for item in value]
        case str():
            return re.sub(r"\$\{vars\.(\w+)\}", lambda found: str(_fill(variables[found[1]], variables)), value)
    return value


def read_funcraft() -> Deployment:
    return Deployment.of_funcraft(yaml.safe_load((ROOT / "template.fun.yml").read_text(encoding="utf-8")))


@dataclass
class Template:
    """A template, and whether its function has a queue. ``prefix`` is the one that its policy names."""

    deployment: Deployment
    prefix: str
    has_queue: bool
    of_the_platform: set[Grant] = field(default_factory=set)

    def granted(self) -> set[Grant]:
        return read_statements(self.deployment.statements)


IMAGE = platform.pull_image("your-namespace/imagesearch-ingest")
TEMPLATES = {
    "template.ros.yaml": Template(Deployment.of_stack(stand("true")), PREFIX, has_queue=True),
    "s.yaml": Template(Deployment.of_serverless_devs(render("s.yaml"), stand("false")), PREFIX, has_queue=True),
    "s.direct.yaml": Template(
        Deployment.of_serverless_devs(render("s.direct.yaml"), stand("direct")), PREFIX, has_queue=False
    ),
    "template.fun.yml": Template(read_funcraft(), "", has_queue=False, of_the_platform=IMAGE),
}


@pytest.fixture(scope="module")
def cloud() -> Iterator[QuickCloud]:
    with QuickCloud(with_function=False) as cloud:
        yield cloud


def journey(function: Function, recorder: Recorder, *, has_queue: bool) -> None:
    """Add, overwrite, reject, remove, meet a refusal of the bucket, and hand back."""
    cloud = function.cloud
    good, bad, link = f"{PREFIX}1.jpg", f"{PREFIX}bad.jpg", f"{PREFIX}link.jpg"

    def handle(*keys: str, name: str = "ObjectCreated:PutObject") -> None:
        for key in keys:
            with recorder.recording(), suppress(NotDoneError):  # then the platform invokes the function again
                function([bridged(key, name)] if has_queue else bridged(key, name))

    cloud.bucket_owner.put(cloud.bucket, good, jpeg())
    cloud.bucket_owner.put(cloud.bucket, bad, b"no picture")
    cloud.bucket_owner.link(cloud.bucket, link, good)
    handle(good, bad, link)
    cloud.bucket_owner.put(cloud.bucket, good, jpeg(200, 320), {"imagesearch-int-attr": "7"})
    handle(good)
    cloud.oss.denied.add("oss:GetObject")
    handle(good)
    cloud.oss.denied.clear()
    cloud.bucket_owner.remove(cloud.bucket, good)
    handle(good, name="ObjectRemoved:DeleteObject")


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_function_needs_what_it_may_do(name: str, cloud: QuickCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    template = TEMPLATES[name]
    variables = template.deployment.function["environmentVariables"]
    queue = f"acs:mns:{REGION}:{ACCOUNT}:/queues/{{}}"
    recorder = Recorder(
        bucket=f"acs:oss:*:{ACCOUNT}:{variables['INGEST_BUCKET']}",
        queue=queue,
        instance=f"acs:imagesearch:{REGION}:{ACCOUNT}:instance/{variables['INGEST_INSTANCE_NAME']}",
        prefix=template.prefix,
        queues={QUEUE: "imagesearch-ingest", DEAD_LETTER_QUEUE: "imagesearch-ingest-dead-letters"},
    )
    recorder.watch(cloud)
    function = Function(cloud, monkeypatch, **({} if template.has_queue else {"INGEST_QUEUE_URL": ""}))
    journey(function, recorder, has_queue=template.has_queue)
    function.stop()
    log = template.deployment.function["logConfig"]
    of_the_platform = platform.store_logs(log["project"], log["logstore"]) | template.of_the_platform
    needed, granted = recorder.needed | of_the_platform, template.granted()
    assert (sorted(map(str, needed - granted)), sorted(map(str, granted - needed))) == ([], [])
