"""The operations of the Image Search API, version 2020-12-14: each takes parameters and returns a response body.

AddImage and DeleteImage call their text ``Message``, the others call it ``Msg``, and Detail has none.
"""

import math

from local_cloud.image_search import limits, pictures
from local_cloud.image_search.errors import ApiError
from local_cloud.image_search.models import Entry, Index
from local_cloud.image_search.rendering import Body, find_category, render_entry, render_pic_info
from local_cloud.image_search.uploads import Uploads

# Capacity is sold and reported in steps of 10,000 pictures.
CAPACITY_UNIT = 10_000
# Purchased queries a second are 1, 5 or 10. They are unrelated to the rate of AddImage.
QUERY_QPS = 5
LEASE_SECONDS = 365 * 24 * 3600
PRODUCT_SEARCH = 0


def add_image(index: Index, uploads: Uploads, parameters: limits.Parameters) -> Body:
    added = limits.read_add_parameters(parameters)
    picture = uploads.fetch(added.pic_content)
    found = pictures.inspect(picture)
    region = limits.read_region(parameters, found.width, found.height)
    entry = Entry(
        product_id=added.product_id,
        pic_name=added.pic_name,
        picture=picture,
        width=found.width,
        height=found.height,
        format=found.format,
        perceptual_hash=found.perceptual_hash,
        attributes=added.attributes,
    )
    index.add(entry)
    return {"Code": 0, "Message": "success", "Success": True, "PicInfo": render_pic_info(find_category(entry), region)}


def delete_image(index: Index, parameters: limits.Parameters) -> Body:
    limits.check_known(parameters, ("InstanceName", "ProductId", "PicName", "IsDeleteByFilter", "Filter"))
    if limits.read_boolean("IsDeleteByFilter", parameters.get("IsDeleteByFilter", "false")):
        raise ApiError("UnsupportedOperationType", "The local Image Search does not delete by filter.")
    product_id = limits.read_identifier(parameters, "ProductId")
    pic_name = limits.read_identifier(parameters, "PicName") if "PicName" in parameters else None
    deleted = index.delete(product_id, pic_name)
    return {"Code": 0, "Message": "success", "Success": True, "Data": {"PicNames": deleted}}


def check_image_exists(index: Index, parameters: limits.Parameters) -> Body:
    limits.check_known(parameters, ("InstanceName", "ProductId", "PicName"))
    entry = index.find(limits.read_identifier(parameters, "ProductId"), limits.read_identifier(parameters, "PicName"))
    body: Body = {"Code": 0, "Msg": "success", "Success": True, "Exists": entry is not None}
    return body if entry is None else body | {"Auctions": render_entry(entry)}


def detail(index: Index, parameters: limits.Parameters) -> Body:
    limits.check_known(parameters, ("InstanceName",))
    instance = index.instance
    described = {
        "Name": instance.name,
        "Region": instance.region,
        "ServiceType": PRODUCT_SEARCH,
        "Capacity": math.ceil(instance.capacity / CAPACITY_UNIT),
        "Qps": QUERY_QPS,
        "TotalCount": len(index.entries()),
        "UtcCreate": str(int(instance.created * 1000)),
        "UtcExpireTime": str(int((instance.created + LEASE_SECONDS) * 1000)),
    }
    return {"Success": True, "Instance": described}
