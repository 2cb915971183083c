"""Local clouds that stand for a real account, and accounts that a probe can ask."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from imagesearch_ops.backfill.bulk.lines import META_KEY
from local_cloud.clouds.alibaba import AlibabaCloud
from local_cloud.clouds.aws import AwsCloud
from local_cloud.clouds.cloud import LocalCloud
from tests.live.account import PREFIX, Account
from tests.live.place import find_place, open_account_run
from tests.live.removing import remove_all

RATE = 20  # AddImage calls a second: little enough to be exceeded by a probe
QPS = 5
IMPORTS = "imports"  # a bucket that the console has authorised


def quick(kind: type[LocalCloud], region: str) -> LocalCloud:
    """Return a cloud that is not started. On Alibaba Cloud a function would add what a probe puts into any bucket."""
    cloud_kind = type(f"Quick{kind.__name__}", (kind,), {"ADDS_A_SECOND": RATE})
    return cloud_kind(
        {"INGEST_INSTANCE_REGION": region},
        bucket="pictures",
        visibility_seconds=360,
        with_function=kind is AwsCloud,
    )


def allow_rates(cloud: LocalCloud) -> None:
    """Let nothing wait for a slot of a call that is not about the rate."""
    service = cloud.image_search
    service.change_rates(detail=100, query=QPS * 4, dump=100, dump_list=100, increase_list=100)
    service.change_instance(qps=QPS)
    service.change_tasks(seconds=0.1)


def _opened(kind: type[LocalCloud], region: str) -> Iterator[LocalCloud]:
    with quick(kind, region) as cloud, pytest.MonkeyPatch.context() as patch:
        allow_rates(cloud)
        for name, value in cloud.environ().items():
            if name.startswith("AWS_"):
                patch.setenv(name, value)
        yield cloud


@pytest.fixture(scope="module")
def aws_cloud() -> Iterator[LocalCloud]:
    yield from _opened(AwsCloud, "ap-southeast-1")


@pytest.fixture(scope="module")
def alibaba_cloud() -> Iterator[LocalCloud]:
    for cloud in _opened(AlibabaCloud, "cn-shanghai"):
        cloud.oss.make_bucket(IMPORTS)  # type: ignore[attr-defined]  # it is an AlibabaCloud
        yield cloud


@pytest.fixture
def open_account(tmp_path: Path) -> Iterator[Callable[..., Account]]:
    """Return a function that opens the account of a cloud. What it made is removed at the end, and nothing stays."""
    made: list[tuple[LocalCloud, Account]] = []
    with ExitStack() as runs:

        def open_one(cloud: LocalCloud, **variables: str) -> Account:
            environ = cloud.environ() | {"XDG_STATE_HOME": str(tmp_path)} | variables
            wanted, deployment, place = find_place(environ)
            folder = runs.enter_context(open_account_run(f"run-{len(made)}", environ, place))
            made.append((cloud, Account(wanted, deployment, folder)))
            return made[-1][1]

        yield open_one
        for cloud, account in made:
            assert remove_all(account) == []
            assert remains(cloud) == []


def remains(cloud: LocalCloud) -> list[str]:
    """Return the names of everything in a cloud that a run has made."""
    names = [entry.product_id for entry in cloud.image_search.entries()]
    if isinstance(cloud, AwsCloud):
        names += [one["Name"] for one in cloud.s3.list_buckets()["Buckets"]]
        names += [url.rpartition("/")[2] for url in cloud.sqs.list_queues().get("QueueUrls", [])]
        names += [one["Name"] for one in cloud.aws.client("events").list_rules()["Rules"]]
        groups = cloud.aws.client("logs").describe_log_groups()["logGroups"]
        names += [one["logGroupName"].lstrip("/") for one in groups]
    else:
        assert isinstance(cloud, AlibabaCloud)
        names += [bucket.name for bucket in cloud.oss._buckets.all()]  # noqa: SLF001 - also the empty ones
        names += [one.key for one in cloud.oss.objects(IMPORTS)]
        names += list(cloud.smq._queues)  # noqa: SLF001 - also the empty ones
    return [name for name in names if name.startswith((PREFIX, META_KEY))]
