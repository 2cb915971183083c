"""Render responses and the parts of them that several operations share, in the shapes of the SDK's models."""

import uuid
from typing import Any

from local_cloud.image_search.hosts import speaks_xml
from local_cloud.image_search.kinds import OTHERS
from local_cloud.image_search.limits import Value
from local_cloud.image_search.models import Entry
from local_cloud.server.wire import Response, json_response, xml_elements, xml_response

Body = dict[str, Any]

# How the service predicts a category is not known.
PREDICTED_CATEGORY = OTHERS
ALL_CATEGORIES = [{"Id": OTHERS, "Name": "Others"}]
# The legs whose response names its text ``Message``. The others name it ``Msg``, and some have none.
CALL_THEIR_TEXT_MESSAGE = ("add", "update", "delete")
# These attributes direct the search for the subject. The service does not return them.
_NOT_RETURNED = ("Crop", "Region")


def find_category(entry: Entry) -> Value:
    return entry.attributes.get("CategoryId", PREDICTED_CATEGORY)


def render_entry(entry: Entry) -> Body:
    attributes = {name: value for name, value in entry.attributes.items() if name not in _NOT_RETURNED}
    return {"ProductId": entry.product_id, "PicName": entry.pic_name, **attributes, "CategoryId": find_category(entry)}


def render_pic_info(category: Value, region: str) -> Body:
    return {
        "CategoryId": category,
        "Region": region,
        "AllCategories": ALL_CATEGORIES,
        "MultiRegion": [{"Region": region}],
    }


def render_error(host: str, status: int, code: str, message: str) -> Response:
    """Return the API gateway's error in JSON, or a bucket's in XML."""
    fields = {"Code": code, "Message": message, "RequestId": new_request_id(), "HostId": host}
    if speaks_xml(host):
        return xml_response(status, f"<Error>{xml_elements(fields)}</Error>", code)
    return json_response(status, fields, code)


def new_request_id() -> str:
    return str(uuid.uuid4()).upper()


def to_milliseconds(seconds: float) -> int:
    return int(seconds * 1000)
