"""Index and find a picture with the oldest SDK, by the proxy or by the endpoint. Print the name that is found.

This runs in an environment of its own. Its argument is "proxy" or "endpoint", and its folder holds the files of the
examples in docs/local-cloud.md.
"""

import json
import os
import sys
from pathlib import Path

from alibabacloud_imagesearch20201214.client import Client
from alibabacloud_imagesearch20201214.models import AddImageAdvanceRequest, SearchImageByPicAdvanceRequest
from alibabacloud_tea_openapi.models import Config
from alibabacloud_tea_util.models import RuntimeOptions

cloud = json.loads(Path("cloud.json").read_text(encoding="utf-8").splitlines()[0])
access = cloud["image_search"]
keys = {name: access[name] for name in ("access_key_id", "access_key_secret", "security_token")}
config = Config(region_id=access["region"], endpoint=f"imagesearch.{access['region']}.aliyuncs.com", **keys)
runtime = RuntimeOptions()
# Its client for the upload does not get the option "ca".
os.environ["REQUESTS_CA_BUNDLE"] = runtime.ca = cloud["ca"]
if sys.argv[1] == "proxy":
    runtime.http_proxy = runtime.https_proxy = cloud["proxy"]  # it uploads over plain HTTP
    client = Client(config)
else:
    config.endpoint = access["endpoint"]
    client = Client(config)
    client._open_platform_endpoint = access["endpoint"]  # noqa: SLF001 - no option sets it

with Path("shoe.jpg").open("rb") as picture:
    added = AddImageAdvanceRequest(instance_name=cloud["instance"], product_id="2092061", pic_name="shoe.jpg")
    added.pic_content_object = picture
    client.add_image_advance(added, runtime)
with Path("query.jpg").open("rb") as picture:
    query = SearchImageByPicAdvanceRequest(instance_name=cloud["instance"], pic_content_object=picture)
    for hit in client.search_image_by_pic_advance(query, runtime).body.auctions:
        print(hit.product_id, hit.pic_name, hit.score)  # noqa: T201 - its result
