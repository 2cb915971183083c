"""The tutorials' handler for an S3 event: one picture per invocation, clients made at import."""

import io
import os
from urllib.parse import unquote_plus

import boto3
from alibabacloud_imagesearch20201214.client import Client
from alibabacloud_imagesearch20201214.models import AddImageAdvanceRequest
from alibabacloud_tea_openapi.models import Config
from darabonba.runtime import RuntimeOptions
from PIL import Image

s3 = boto3.client("s3")
config = Config(
    access_key_id=os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
    access_key_secret=os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
    region_id=os.environ["INGEST_INSTANCE_REGION"],
    endpoint=f"imagesearch.{os.environ['INGEST_INSTANCE_REGION']}.aliyuncs.com",
)
config.type = "access_key"
client = Client(config)
# The address of the local cloud; a tutorial has no options.
runtime = RuntimeOptions(ca=os.environ["INGEST_CA_BUNDLE"], https_proxy=os.environ["INGEST_HTTPS_PROXY"])


def handler(event, context):  # noqa: ANN001, ANN201, ARG001 - as tutorials write it
    record = event["Records"][0]["s3"]
    key = unquote_plus(record["object"]["key"])
    body = s3.get_object(Bucket=record["bucket"]["name"], Key=key)["Body"].read()
    image = Image.open(io.BytesIO(body)).convert("RGB")
    image.thumbnail((1024, 1024))
    picture = io.BytesIO()
    image.save(picture, "JPEG")
    picture.seek(0)
    request = AddImageAdvanceRequest(
        instance_name=os.environ["INGEST_INSTANCE_NAME"], product_id=key, pic_name=key, pic_content_object=picture
    )
    answer = client.add_image_advance(request, runtime)
    return {"statusCode": 200, "body": answer.body.message}
