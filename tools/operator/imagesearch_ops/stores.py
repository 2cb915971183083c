"""Open the bucket of an object, with the operator's own keys."""

from pathlib import Path
from typing import Any

from imagesearch_ingest.adapters.aws.client import aws_client
from imagesearch_ingest.adapters.aws.s3 import S3ObjectStore
from imagesearch_ingest.credentials import EnvironmentCredentials
from imagesearch_ingest.model.errors import SettingsError
from imagesearch_ingest.reconcile.ports import ObjectStore
from imagesearch_ingest.settings import variable
from imagesearch_ops.deployment import Deployment
from imagesearch_ops.extras import Extra, needing

_CONNECTIONS = 20


def open_store(cloud: str, deployment: Deployment, *, connections: int = _CONNECTIONS) -> ObjectStore:
    """Return the objects of a cloud. Raise ``SettingsError`` if the cloud or its region is not known."""
    client = bucket_client(cloud, deployment, connections=connections)
    if cloud == "aws":
        return S3ObjectStore(client)
    from imagesearch_ingest.adapters.alibaba.oss import OssObjectStore  # noqa: PLC0415 - optional

    return OssObjectStore(client)


def bucket_client(cloud: str, deployment: Deployment, *, connections: int = _CONNECTIONS) -> Any:  # noqa: ANN401 - the SDKs' clients have no types
    """Return botocore's client of S3, or the SDK's client of OSS. It never retries.

    Raise ``SettingsError``, and ``InputError`` if OSS's SDK is not installed.
    """
    environ = deployment.environ
    if cloud == "aws":
        return aws_client("s3", environ, connections=connections)
    if cloud != "alibaba":
        raise SettingsError(f"there is no cloud {cloud!r}")
    region = environ.get("FC_REGION") or _region_of(deployment)
    if not region:
        raise SettingsError("FC_REGION is not set. Set it to the region of the bucket.")
    with needing(Extra.ALIBABA):
        from imagesearch_ingest.adapters.alibaba.oss_client import oss_client  # noqa: PLC0415 - optional
    bundle = environ.get(variable("ca_bundle"))
    return oss_client(
        EnvironmentCredentials(environ),
        region=region,
        endpoint=environ.get(variable("bucket_endpoint")) or f"https://oss-{region}.aliyuncs.com",
        ca_bundle=Path(bundle) if bundle and Path(bundle).is_file() else None,
        connections=connections,
    )


def _region_of(deployment: Deployment) -> str | None:
    """Return the region in the host of a queue: ``<account>.mns.<region>[-internal].aliyuncs.com``."""
    for url in filter(None, (deployment.dead_letter_queue_url, deployment.queue_url)):
        host = url.partition("://")[2].partition("/")[0].split(".")
        if len(host) > 2 and host[1] == "mns":  # noqa: PLR2004 - account, mns, region
            return host[2].removesuffix("-internal").removesuffix("-vpc")
    return None
