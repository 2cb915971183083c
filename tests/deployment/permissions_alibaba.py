"""Which permissions each call to Alibaba Cloud needs, by the vendor's tables.

Sources: OSS, "RAM policies", "Actions"; SMQ, "API authorization" (one action for a call and for its batch); Image
Search, "Grant permissions to RAM users" (the action has the name of the operation, on an instance); EventBridge, the
reference of each operation.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from local_cloud.clouds.alibaba import AlibabaCloud
from local_cloud.clouds.cloud import LocalCloud
from local_cloud.image_search.hosts import OPEN_PLATFORM_HOST
from local_cloud.oss.addressing import parse_parameters, parse_place
from local_cloud.oss.calls import Call
from local_cloud.oss.models import Buckets
from local_cloud.oss.operations import find_operation
from local_cloud.server.wire import Request
from local_cloud.smq.actions import parse_action
from tests.deployment.permissions import Grant, as_list, grant

OSS_ACTIONS = {
    "AbortMultipartUpload": "oss:AbortMultipartUpload",
    "CompleteMultipartUpload": "oss:PutObject",
    "CopyObject": "oss:PutObject",
    "DeleteObject": "oss:DeleteObject",
    "GetBucketInfo": "oss:GetBucketInfo",
    "GetBucketVersioning": "oss:GetBucketVersioning",
    "GetObject": "oss:GetObject",
    "GetObjectMeta": "oss:GetObject",
    "GetSymlink": "oss:GetObject",
    "HeadObject": "oss:GetObject",
    "InitiateMultipartUpload": "oss:PutObject",
    "ListBuckets": "oss:ListBuckets",
    "ListObjects": "oss:ListObjects",
    "ListObjectsV2": "oss:ListObjects",
    "PutObject": "oss:PutObject",
    "UploadPart": "oss:PutObject",
}
SMQ_ACTIONS = {
    "BatchDeleteMessage": "mns:DeleteMessage",
    "BatchPeekMessage": "mns:PeekMessage",
    "BatchReceiveMessage": "mns:ReceiveMessage",
    "BatchSendMessage": "mns:SendMessage",
    "ChangeMessageVisibility": "mns:ChangeMessageVisibility",
    "DeleteMessage": "mns:DeleteMessage",
    "GetQueueAttributes": "mns:GetQueueAttributes",
    "PeekMessage": "mns:PeekMessage",
    "ReceiveMessage": "mns:ReceiveMessage",
    "SendMessage": "mns:SendMessage",
}
_OF_MESSAGES = {action for action in SMQ_ACTIONS.values() if action != "mns:GetQueueAttributes"}


@dataclass
class Recorder:
    """The permissions that requests to the stand-ins need while it is recording.

    ``bucket`` and ``instance`` are the resources of those names in the policy. ``queue`` is one with ``{}`` for the
    name of the queue, ``bus`` is one of EventBridge, and ``prefix`` the prefix of keys to which the policy limits the
    role.
    """

    bucket: str
    queue: str
    instance: str
    prefix: str = ""
    bus: str = ""
    queues: Mapping[str, str] = field(default_factory=dict)
    needed: set[Grant] = field(default_factory=set)
    is_recording: bool = False

    def watch(self, cloud: LocalCloud) -> None:
        """Be told of the requests to Image Search and, on Alibaba Cloud, to OSS, SMQ and EventBridge."""
        if isinstance(cloud, AlibabaCloud):
            cloud.oss.on_request = lambda request: self._note(self._read_oss, request)
            cloud.smq.on_request = lambda request: self._note(self._read_smq, request)
            cloud.event_bridge.on_request = lambda request: self._note(self._read_event_bridge, request)
        cloud.image_search.on_request = lambda request: self._note(self._read_image_search, request)

    @contextmanager
    def recording(self) -> Iterator[None]:
        self.is_recording = True
        try:
            yield
        finally:
            self.is_recording = False

    def _note(self, read: Callable[[Request], Iterator[Grant]], request: Request) -> None:
        if self.is_recording:
            self.needed.update(read(request))

    def _read_oss(self, request: Request) -> Iterator[Grant]:
        place = parse_place(request)
        call = Call(request, Buckets(""), place.bucket, place.key, parse_parameters(request), 0.0)
        action = OSS_ACTIONS[find_operation(call).name]
        if place.key:
            version = "Version" if "versionId" in call.parameters else ""
            yield grant(f"{action}{version}", f"{self.bucket}/{self._shape(place.key)}")
        elif action == "oss:ListObjects" and self.prefix:
            yield grant(action, self.bucket, f"oss:Prefix={self._shape(call.parameters.get('prefix', ''))}")
        else:
            yield grant(action, self.bucket)

    def _shape(self, key: str) -> str:
        return f"{self.prefix}*" if key.startswith(self.prefix) else key

    def _read_smq(self, request: Request) -> Iterator[Grant]:
        action = parse_action(request)
        needed = SMQ_ACTIONS[action.operation]
        queue = self.queue.format(self.queues.get(action.queue_name, action.queue_name))
        yield grant(needed, f"{queue}/messages" if needed in _OF_MESSAGES else queue)

    def _read_event_bridge(self, request: Request) -> Iterator[Grant]:
        """Yield the permission of an operation on one rule or on a bus (GetRule reference, "RAM authorization")."""
        rule = dict(request.query).get("RuleName")
        resource = f"{self.bus}/rule/{rule}" if self.bus and rule else self.bus
        yield grant(f"eventbridge:{request.headers['x-acs-action']}", resource)

    def _read_image_search(self, request: Request) -> Iterator[Grant]:
        """Yield the permission of an operation. Uploads are signed by the service, and the first request needs none."""
        if request.host != OPEN_PLATFORM_HOST and (action := request.headers.get("x-acs-action")):
            yield grant(f"imagesearch:{action}", self.instance)


def read_statements(statements: Iterable[Mapping[str, Any]]) -> set[Grant]:
    """Return the permissions that a policy of RAM grants. Raise ``ValueError`` for what is not understood."""
    return {found for one in statements for found in _read(one)}


def _read(statement: Mapping[str, Any]) -> Iterator[Grant]:
    if unknown := statement.keys() - {"Effect", "Action", "Resource", "Condition"}:
        raise ValueError(f"a statement has {unknown}")
    likes = statement.get("Condition", {}).get("StringLike", {})
    if statement["Effect"] != "Allow" or statement.get("Condition", {}).keys() - {"StringLike"}:
        raise ValueError(f"not understood: {statement}")
    conditions = [[f"{key}={value}" for value in as_list(values)] for key, values in likes.items()]
    for action, resource, *met in product(as_list(statement["Action"]), as_list(statement["Resource"]), *conditions):
        yield grant(action, resource, *met)
