"""The handler of the watch for Function Compute, over a local cloud that is wired as the template does it."""

import json
import shlex
from typing import Any

import pytest
from alibabacloud_tea_openapi.client import Client
from alibabacloud_tea_openapi.utils_models import Config, OpenApiRequest, Params
from darabonba.runtime import RuntimeOptions

from local_cloud.clouds.alibaba import QUEUE, AlibabaCloud
from local_cloud.clouds.cloud import ACCESS_KEY_ID, ACCESS_KEY_SECRET
from local_cloud.oss.models import ACCOUNT
from tests.support.function_compute import context
from tests.support.handler_module import HandlerModule
from tests.support.watch import Looked

BUCKET, RULE, REGION = "pictures", "uploads", "cn-shanghai"
RULE_ARN = f"acs:eventbridge:{REGION}:{ACCOUNT}:eventbus/default/rule/{RULE}"
QUEUE_ARN = f"acs:mns:{REGION}:{ACCOUNT}:queues/{QUEUE}"
SUBJECT = f"acs:oss:{REGION}:{ACCOUNT}:{BUCKET}/"
WEEK, VISIBILITY = 7 * 24 * 3600, 720
KINDS = [
    "oss:ObjectCreated:PutObject",
    "oss:ObjectCreated:PostObject",
    "oss:ObjectCreated:CopyObject",
    "oss:ObjectCreated:AppendObject",
    "oss:ObjectCreated:CompleteMultipartUpload",
    "oss:ObjectCreated:PutSymlink",
    "oss:ObjectRemoved:DeleteObject",
    "oss:ObjectRemoved:DeleteObjects",
    "oss:ObjectReplication:ObjectCreated",
    "oss:ObjectReplication:ObjectModified",
    "oss:ObjectReplication:ObjectRemoved",
    "oss:ObjectRestore:FinishRestore",
]
PATTERN = {"source": ["acs.oss"], "type": KINDS, "subject": [{"prefix": SUBJECT}]}


def target(**changes: Any) -> dict[str, Any]:
    """Return the target of the template, with these fields changed."""
    return {
        "Id": "queue",
        "Type": "acs.mns.queue",
        "Endpoint": QUEUE_ARN,
        "ParamList": [
            {"ResourceKey": "queue", "Form": "CONSTANT", "Value": QUEUE},
            {"ResourceKey": "Body", "Form": "ORIGINAL", "Value": ""},
            {"ResourceKey": "IsBase64Encode", "Form": "CONSTANT", "Value": "true"},
        ],
        **changes,
    }


def body(form: str, value: str) -> list[dict[str, str]]:
    return [
        {"ResourceKey": "queue", "Form": "CONSTANT", "Value": QUEUE},
        {"ResourceKey": "Body", "Form": form, "Value": value},
    ]


def put_rule(cloud: AlibabaCloud, *targets: dict[str, Any], status: str = "ENABLE", **changes: Any) -> None:
    """Put the rule of the template, with these fields of its pattern changed. A field of ``None`` is left out."""
    pattern = {name: value for name, value in (PATTERN | changes).items() if value is not None}
    properties = {"EventBusName": "default", "RuleName": RULE, "FilterPattern": pattern, "Status": status}
    cloud.event_bridge.create_rule(properties | {"Targets": targets or (target(),)})


def deploy_anew(cloud: AlibabaCloud) -> None:
    """Bring the cloud into the state after a deployment: empty, and the bucket announces through a rule."""
    cloud.image_search.reset()
    cloud.image_search.change_rates(detail=1000)
    cloud.smq.create_queue(QUEUE, visibility_timeout=VISIBILITY, message_retention_period=WEEK)
    cloud.smq.faults.clear()
    cloud.oss.faults.clear()
    cloud.oss.denied.clear()
    bridge = cloud.event_bridge
    bridge.faults.clear()
    bridge.denied.clear()
    bridge.is_activated = True
    put_rule(cloud)


def watch_environ(cloud: AlibabaCloud) -> dict[str, str]:
    """Return the variables of the function, as the template sets them."""
    return cloud.environ() | {
        "INGEST_BUCKET": BUCKET,
        "INGEST_ADDS_PER_SECOND": "1",  # the rate of an instance as small as the local one
        "WATCH_RULE_ARN": RULE_ARN,
        "WATCH_QUEUE_ARN": QUEUE_ARN,
        "WATCH_KEY_PREFIXES": "",
    }


class OssWatch(HandlerModule):
    """The handler. Each call is a cold start."""

    PATH = "watch_oss/index.py"

    def __init__(
        self, cloud: AlibabaCloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        super().__init__(monkeypatch)
        self._environ = watch_environ(cloud)
        self._capsys = capsys

    def __call__(self, *, seconds: float = 60, credentials: object = None, **variables: str) -> Looked:
        """Look once, with these variables changed."""
        self.start(**variables)
        self._capsys.readouterr()
        event = json.dumps({"triggerTime": "2026-11-30T06:00:00Z", "triggerName": "hourly", "payload": ""}).encode()
        answer = self.module.handler(event, context(seconds, credentials=credentials))
        output = self._capsys.readouterr().out
        line, metrics = map(json.loads, output.splitlines())
        assert json.loads(answer).items() <= line.items()
        return Looked(line, metrics, output)

    def start(self, **variables: str | None) -> None:
        """Start a new process of the function."""
        super().start(**self._environ | variables)

    def stop(self) -> None:
        """Do nothing: the watch keeps nothing that would have to end."""


def call(cloud: AlibabaCloud, command: str) -> None:
    """Send what a line for Alibaba Cloud's command line sends."""
    program, product, action, *options = shlex.split(command)
    assert (program, product) == ("aliyun", "eventbridge")
    key = {"access_key_id": ACCESS_KEY_ID, "access_key_secret": ACCESS_KEY_SECRET}
    endpoint = f"eventbridge-console.{REGION}.aliyuncs.com"
    client = Client(Config(**key, security_token=cloud.SECURITY_TOKEN, endpoint=endpoint, protocol="HTTPS"))
    query = {name.removeprefix("--"): value for name, value in zip(options[::2], options[1::2], strict=True)}
    params = Params(
        action=action,
        version="2020-04-01",
        protocol="HTTPS",
        pathname="/",
        method="POST",
        auth_type="AK",
        style="RPC",
        req_body_type="formData",
        body_type="json",
    )
    runtime = RuntimeOptions(ca=str(cloud.ca_path), https_proxy=cloud.image_search.proxy_url)
    assert client.call_api(params, OpenApiRequest(query=query), runtime)["body"]["Code"] == "Success"
