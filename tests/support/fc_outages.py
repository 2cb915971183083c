"""Helpers for outages on Function Compute, whose tests start with an index that is behind its bucket."""

from typing import Any

import pytest

from imagesearch_ingest.adapters.image_search.api import ImageSearchApi
from imagesearch_ingest.bootstrap.common import image_search_options
from imagesearch_ingest.credentials import EnvironmentCredentials
from imagesearch_ingest.image_search import AddImageRequest
from imagesearch_ingest.settings import Settings
from local_cloud.clouds.alibaba import AlibabaCloud
from tests.support.function_compute import Function, empty, outcome_lines
from tests.support.oss_events import as_text, element, message, notification
from tests.support.pictures import jpeg

OLD, NEW, BAD = "p/old.jpg", "p/new.jpg", "p/bad.jpg"
NO_RETRY = 9.0  # seconds left: a request may take seven, and two are reserved for the queue
FOR_EVER: dict[str, Any] = {"leg": "add", "kind": "error", "times": None}


def behind(function: Function) -> Function:
    """Leave a removed object in the index, and put a new one into the bucket only."""
    cloud = function.cloud
    api = index(cloud)
    api.add(
        api.upload(jpeg()),
        AddImageRequest(instance_name=cloud.instance, product_id="p", pic_name=OLD, pic_content=jpeg()),
    )
    put(cloud, NEW)
    empty(cloud)
    return function


def index(cloud: AlibabaCloud) -> ImageSearchApi:
    return ImageSearchApi(
        image_search_options(Settings.from_env(cloud.environ())), EnvironmentCredentials(cloud.environ())
    )


def put(cloud: AlibabaCloud, key: str, bucket: str = "pictures") -> None:
    cloud.bucket_owner.put(bucket, key, b"no picture" if key == BAD else jpeg())


def created(key: str, bucket: str = "pictures", name: str = "ObjectCreated:PutObject") -> dict[str, Any]:
    event = element(key, name)
    event["oss"]["bucket"]["name"] = bucket
    return message(as_text(notification(event)), key)


def removed(key: str, bucket: str = "pictures") -> dict[str, Any]:
    return created(key, bucket, "ObjectRemoved:DeleteObject")


def both(bucket: str = "pictures") -> list[dict[str, Any]]:
    return [created(NEW, bucket), removed(OLD, bucket)]


def assert_untouched(function: Function) -> None:
    assert function.pic_names() == [OLD]
    assert not function.letters()
    assert not function.waiting()


def reasons(capsys: pytest.CaptureFixture[str]) -> set[str]:
    return {line["reason"] for line in outcome_lines(capsys) if line["outcome"] == "failed"}
