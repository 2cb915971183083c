"""Change a bucket with the real SDK, as an operator or another system does."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import alibabacloud_oss_v2 as oss

from imagesearch_ingest.adapters.alibaba.oss_client import oss_client
from imagesearch_ingest.credentials import Credentials as Key
from local_cloud.server.credentials import Credentials


class Uploader:
    """A client that is safe for several threads. ``client`` is the SDK's, for other operations."""

    def __init__(self, credentials: Credentials, region: str, endpoint: str, ca_path: Path) -> None:
        self._key = Key(credentials.access_key_id, credentials.access_key_secret, credentials.security_token)
        self.client = oss_client(self, region=region, endpoint=endpoint, ca_bundle=ca_path)

    def get(self, *, fresh: bool = False) -> Key:  # noqa: ARG002 - the client's source of credentials, here a fixed key
        return self._key

    def put(self, bucket: str, key: str, data: bytes, metadata: Mapping[str, str] | None = None) -> None:
        self.client.put_object(oss.PutObjectRequest(bucket=bucket, key=key, body=data, metadata=metadata))

    def copy(self, bucket: str, key: str, source_key: str) -> None:
        self.client.copy_object(oss.CopyObjectRequest(bucket=bucket, key=key, source_key=source_key))

    def link(self, bucket: str, key: str, target: str) -> None:
        self.client.put_symlink(oss.PutSymlinkRequest(bucket=bucket, key=key, target=quote(target, safe="")))

    def remove(self, bucket: str, key: str) -> None:
        self.client.delete_object(oss.DeleteObjectRequest(bucket=bucket, key=key))

    def remove_all(self, bucket: str, keys: list[str]) -> None:
        objects = [oss.DeleteObject(key=key) for key in keys]
        self.client.delete_multiple_objects(oss.DeleteMultipleObjectsRequest(bucket=bucket, objects=objects))

    def enable_versioning(self, bucket: str) -> None:
        """Turn versioning on: removing an object then adds a delete marker."""
        enabled = oss.VersioningConfiguration(status="Enabled")
        self.client.put_bucket_versioning(
            oss.PutBucketVersioningRequest(bucket=bucket, versioning_configuration=enabled)
        )
