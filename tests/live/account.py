"""Reach the services of one account, and remember before each creation what has to be removed again."""

import os
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from typing import Any

from imagesearch_ingest.adapters.alibaba.oss_client import oss_client
from imagesearch_ingest.adapters.alibaba.smq import SmqQueue
from imagesearch_ingest.adapters.aws.client import aws_client
from imagesearch_ingest.adapters.image_search.api import ImageSearchApi
from imagesearch_ingest.bootstrap.common import image_search_options
from imagesearch_ingest.credentials import EnvironmentCredentials, LearnedCredentials
from imagesearch_ingest.image_search import AddImageRequest
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.images import Upload
from imagesearch_ingest.model.reasons import FaultClass
from imagesearch_ingest.redaction import Redactor
from imagesearch_ingest.settings import Settings
from imagesearch_ops.deployment import Deployment
from imagesearch_ops.instance import InstanceClient, open_credentials
from imagesearch_ops.run_folder import RunFolder
from tests.live.wanted import Wanted

_TRIES = 5
PREFIX = "imagesearch-live-"  # of every bucket, queue, log group and ProductId that a run makes


@dataclass
class Account:
    """The services, and the run that uses them. Everything it makes has a name that begins with ``prefix``."""

    wanted: Wanted
    deployment: Deployment
    folder: RunFolder
    prefix: str = field(default_factory=lambda: f"{PREFIX}{secrets.token_hex(4)}-")
    _numbers: Any = field(default_factory=lambda: count(1))
    _next_add: float = 0.0
    known: dict[str, Any] = field(default_factory=dict)

    @property
    def environ(self) -> Mapping[str, str]:
        return self.deployment.environ

    @cached_property
    def redactor(self) -> Redactor:
        return Redactor.from_environment(self.environ)

    @property
    def settings(self) -> Settings:
        assert self.deployment.settings is not None
        return self.deployment.settings

    @cached_property
    def key(self) -> LearnedCredentials:
        """The key for Alibaba Cloud. It is learned before anything can print it."""
        return LearnedCredentials(open_credentials(self.settings, self.deployment), self.redactor)

    @cached_property
    def instance(self) -> InstanceClient:
        return InstanceClient(self.settings, self.key)

    @cached_property
    def index(self) -> ImageSearchApi:
        return ImageSearchApi(image_search_options(self.settings), self.key)

    def aws(self, service: str) -> Any:
        return aws_client(service, os.environ | self.environ)

    @cached_property
    def alibaba_key(self) -> LearnedCredentials:
        return LearnedCredentials(EnvironmentCredentials(self.environ), self.redactor)

    def oss_in(self, region: str, endpoint: str | None = None) -> Any:
        bundle = self.environ.get("INGEST_CA_BUNDLE")
        return oss_client(
            self.alibaba_key,
            region=region,
            endpoint=endpoint or f"https://oss-{region}.aliyuncs.com",
            ca_bundle=bundle,
        )

    @cached_property
    def oss(self) -> Any:
        return self.oss_in(self.wanted.oss_region, self.environ.get("INGEST_BUCKET_ENDPOINT"))

    def smq(self, name: str) -> SmqQueue:
        return SmqQueue(
            f"{self.wanted.smq_endpoint}/queues/{name}",
            self.alibaba_key,
            connect_timeout=5,
            read_timeout=40,
            ca_bundle=self.environ.get("INGEST_CA_BUNDLE"),
        )

    # ---- what is made

    def note(self, kind: str, *names: str) -> None:
        """Write down what is about to be made. Only then may it be made."""
        self.folder.journal({"made": kind, "names": list(names)})

    def new_name(self) -> str:
        return f"{self.prefix}{next(self._numbers)}"

    def new_bucket(self) -> str:
        name, s3 = self.new_name(), self.aws("s3")
        self.note("bucket", name)
        region = s3.meta.region_name
        place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        s3.create_bucket(Bucket=name, **place)
        return name

    def new_queue(self, **attributes: str) -> str:
        """Return the URL of a new queue on SQS."""
        name = self.new_name()
        self.note("queue", name)
        url: str = self.aws("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        return url

    def new_oss_bucket(self) -> str:
        import alibabacloud_oss_v2 as oss  # noqa: PLC0415 - it takes a second to import

        name = self.new_name()
        self.note("oss_bucket", name)
        self.oss.put_bucket(oss.PutBucketRequest(bucket=name))
        return name

    def new_smq_queue(self) -> str:
        from mns.queue import QueueMeta  # noqa: PLC0415 - only for Alibaba Cloud

        name = self.new_name()
        self.note("smq_queue", name)
        with self.smq(name).call("creating a queue") as queue:
            queue.create(QueueMeta())
        return name

    # ---- entries

    @property
    def product_id(self) -> str:
        return self.prefix.rstrip("-")

    def add(self, pic_name: str, picture: bytes, product_id: str | None = None, **fields: object) -> None:
        """Add an entry of this run, no faster than the instance allows."""
        request = AddImageRequest(
            instance_name=self.settings.instance_name,
            product_id=product_id or self.product_id,
            pic_name=pic_name,
            pic_content=picture,
            **fields,
        )
        self.add_uploaded(self.index.upload(picture), request)

    def add_uploaded(self, upload: Upload, request: AddImageRequest) -> None:
        """Add what was uploaded. A throttled add is repeated: the instance may count in another way than we do."""
        self.note("entry", request.product_id, request.pic_name)
        for attempt in range(1, _TRIES + 1):
            self.take_slot()
            try:
                return self.index.add(upload, request)
            except IngestError as error:
                if error.reason.fault_class is not FaultClass.THROTTLED or attempt == _TRIES:
                    raise
            time.sleep(1)
        return None

    def take_slot(self) -> None:
        now = time.monotonic()
        time.sleep(max(0.0, self._next_add - now))
        self._next_add = max(now, self._next_add) + 1 / self.settings.adds_per_second

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        """Return what several probes share, made by the first of them. A failure is remembered, too."""
        if name not in self.known:
            try:
                self.known[name] = make()
            except Exception as error:  # noqa: BLE001 - raised again for each probe
                self.known[name] = error
        found = self.known[name]
        if isinstance(found, Exception):
            raise found
        return found

    def wait_until(self, true: Callable[[], Any], seconds: float) -> float | None:
        """Return the seconds until something is true, or ``None`` if it is not within ``seconds``."""
        began, pause = time.monotonic(), 0.1
        while time.monotonic() - began < seconds:
            if true():
                return time.monotonic() - began
            time.sleep(pause)
            pause = min(pause * 2, 5.0)
        return None
