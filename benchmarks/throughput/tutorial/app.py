"""The handler of the tutorials: one picture per invocation, without regard to the quota.

The S3 part follows the S3 tutorial of AWS (Lambda developer guide, Using an Amazon S3 trigger). The rest follows the
sample for AddImage (Image Search, Python SDK). Only the address of the local service is added.
"""

import io
import json
import os
import urllib.parse
from typing import Any

import boto3
from alibabacloud_imagesearch20201214.client import Client
from alibabacloud_imagesearch20201214.models import AddImageAdvanceRequest
from alibabacloud_tea_openapi.models import Config
from alibabacloud_tea_util.models import RuntimeOptions

s3 = boto3.client("s3")


def handler(event: dict[str, Any], context: Any) -> None:  # noqa: ANN401, ARG001 - made by the Lambda runtime
    """Add the picture of each message."""
    for message in event["Records"]:
        record = json.loads(message["body"])["Records"][0]
        bucket = record["s3"]["bucket"]["name"]
        key = urllib.parse.unquote_plus(record["s3"]["object"]["key"], encoding="utf-8")
        picture = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        response = add_image(key, picture)
        print(response.to_map())


def add_image(key: str, picture: bytes) -> Any:  # noqa: ANN401 - the SDK has no types
    """Return the answer of AddImage."""
    config = Config(
        access_key_id=os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
        access_key_secret=os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
        endpoint=f"imagesearch.{os.environ['INGEST_INSTANCE_REGION']}.aliyuncs.com",
        region_id=os.environ["INGEST_INSTANCE_REGION"],
        type="access_key",
    )
    client = Client(config)
    request = AddImageAdvanceRequest()
    request.pic_content_object = io.BytesIO(picture)
    request.instance_name = os.environ["INGEST_INSTANCE_NAME"]
    request.product_id = os.path.splitext(os.path.basename(key))[0]  # noqa: PTH119, PTH122 - as tutorials do
    request.pic_name = os.path.basename(key)  # noqa: PTH119 - as tutorials do
    runtime = RuntimeOptions()
    runtime.ca, runtime.https_proxy = (
        os.environ["INGEST_CA_BUNDLE"],
        os.environ["INGEST_HTTPS_PROXY"],
    )  # only for the local service
    return client.add_image_advance(request, runtime)
