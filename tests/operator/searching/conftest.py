"""A local Image Search with pictures, and a bucket of the local S3, for ``search``."""

import pytest
from PIL import ImageOps

from local_cloud.aws import AwsServer
from local_cloud.image_search import ImageSearchService
from tests.e2e.conftest import run
from tests.local_cloud.image_search.api import Api
from tests.operator.index.conftest import api, environ, lines, running, service
from tests.support.pictures import encode, scene

__all__ = ["api", "environ", "lines", "run", "running", "service"]


@pytest.fixture
def bucket(aws: AwsServer, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, unique_name: str) -> str:
    """Return the name of the deployment's bucket. ``environ`` names it as well."""
    for name, value in aws.environ().items():  # botocore reads keys and endpoints from the process
        monkeypatch.setenv(name, value)
    aws.client("s3").create_bucket(Bucket=unique_name)
    environ |= aws.environ() | {"INGEST_BUCKET": unique_name}
    return unique_name


@pytest.fixture
def shop(api: Api, service: ImageSearchService) -> ImageSearchService:
    """An index of three pictures."""
    api.add(encode(scene(400, 300), "JPEG"), "2001", "shoes/2001/side.jpg", str_attr="red", int_attr=7)
    api.add(encode(ImageOps.invert(scene(400, 300)), "JPEG"), "2001", "shoes/2001/sole.jpg")
    api.add(encode(scene(400, 300).crop((0, 0, 110, 300)), "PNG"), "\x1b[31m", "a\u202egpj.<b>exe</b>.jpg")
    return service
