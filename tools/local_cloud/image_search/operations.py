"""The operations on pictures and on the instance: each takes parameters and returns a response body.

AddImage, UpdateImage and DeleteImage call their text ``Message``, the others call it ``Msg``, and Detail has none.
"""

import math

from local_cloud.image_search import limits, pictures
from local_cloud.image_search.appearance import Likeness
from local_cloud.image_search.errors import ApiError
from local_cloud.image_search.filters import read_filter
from local_cloud.image_search.kinds import Kind
from local_cloud.image_search.models import Entry, Index
from local_cloud.image_search.rendering import Body, find_category, render_entry, render_pic_info, to_milliseconds
from local_cloud.image_search.uploads import Uploads

# Capacity is sold and reported in steps of 10,000 pictures.
CAPACITY_UNIT = 10_000
_SUCCESS: Body = {"Code": 0, "Message": "success", "Success": True}


def make_entry(added: limits.AddParameters, picture: bytes, found: pictures.Picture, kind: Kind) -> Entry:
    """Return the entry. Only product search keeps the category that was given (AddImage reference, "CategoryId")."""
    ignored = () if kind.has_categories else ("CategoryId",)
    return Entry(
        product_id=added.product_id,
        pic_name=added.pic_name,
        picture=picture,
        width=found.width,
        height=found.height,
        format=found.format,
        perceptual_hash=found.perceptual_hash,
        appearance=found.appearance,
        attributes={name: value for name, value in added.attributes.items() if name not in ignored},
    )


def add_image(index: Index, uploads: Uploads, parameters: limits.Parameters) -> Body:
    added = limits.read_add_parameters(parameters)
    picture = uploads.fetch(added.pic_content)
    kind = index.instance.kind
    found = pictures.inspect(picture, kind)
    region = limits.read_region(parameters, found.width, found.height)
    entry = make_entry(added, picture, found, kind)
    index.add(entry)
    return _SUCCESS | {"PicInfo": render_pic_info(find_category(entry), region)}


def update_image(index: Index, parameters: limits.Parameters) -> Body:
    """Change attributes; without PicName, of all pictures of the product (UpdateImage reference, "PicName").

    Older pages require PicName. A missing picture is answered with PicNotExist, which is a choice.
    """
    limits.check_known(parameters, ("InstanceName", "ProductId", "PicName", *limits.CHANGEABLE))
    changes = limits.read_changes(parameters)
    if not index.update(*_read_ids(parameters), changes):
        raise ApiError("PicNotExist")
    return _SUCCESS


def delete_image(index: Index, parameters: limits.Parameters) -> Body:
    """Delete a picture, a product, or with IsDeleteByFilter what a filter without ``in`` finds."""
    limits.check_known(parameters, ("InstanceName", "ProductId", "PicName", "IsDeleteByFilter", "Filter"))
    if limits.read_boolean("IsDeleteByFilter", parameters.get("IsDeleteByFilter", "false")):
        deleted = index.delete_matching(read_filter(parameters.get("Filter", ""), membership=False))
    else:
        deleted = index.delete(*_read_ids(parameters))
    return _SUCCESS | {"Data": {"PicNames": deleted}}


def _read_ids(parameters: limits.Parameters) -> tuple[str, str | None]:
    product_id = limits.read_identifier(parameters, "ProductId")
    return product_id, limits.read_identifier(parameters, "PicName") if "PicName" in parameters else None


def check_image_exists(index: Index, parameters: limits.Parameters) -> Body:
    limits.check_known(parameters, ("InstanceName", "ProductId", "PicName"))
    entry = index.find(limits.read_identifier(parameters, "ProductId"), limits.read_identifier(parameters, "PicName"))
    body: Body = {"Code": 0, "Msg": "success", "Success": True, "Exists": entry is not None}
    return body if entry is None else body | {"Auctions": render_entry(entry)}


def compare_similar_by_image(index: Index, uploads: Uploads, parameters: limits.Parameters) -> Body:
    names = ("PrimaryPicContent", "SecondaryPicContent")
    limits.check_known(parameters, ("InstanceName", *names))
    appearances = []
    for name in names:
        if not parameters.get(name):
            raise ApiError(f"Invalid{name}")
        appearances.append(pictures.inspect(uploads.fetch(parameters[name]), index.instance.kind).appearance)
    return {"Code": 0, "Msg": "success", "Success": True, "Score": Likeness(appearances[0]).of(appearances[1])}


def detail(index: Index, parameters: limits.Parameters) -> Body:
    limits.check_known(parameters, ("InstanceName",))
    instance, total = index.instance, len(index.entries())
    # A scripted capacity may lie between two steps. An instance that takes no more must not report room.
    steps = total // CAPACITY_UNIT if total >= instance.capacity else math.ceil(instance.capacity / CAPACITY_UNIT)
    described = {
        "Name": instance.name,
        "Region": instance.region,
        "ServiceType": instance.kind.number,
        "Capacity": steps,
        "Qps": instance.qps,
        "TotalCount": total,
        "UtcCreate": str(to_milliseconds(instance.created)),
        "UtcExpireTime": str(to_milliseconds(instance.expires)),
    }
    return {"Success": True, "Instance": described}
