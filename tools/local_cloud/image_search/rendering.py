"""The parts of an answer that several operations share, in the shapes of the SDK's models."""

from typing import Any

from local_cloud.image_search.limits import Value
from local_cloud.image_search.model import Entry

Body = dict[str, Any]

# What the service predicts for a picture without a category is its own secret; generic image search always says this.
PREDICTED_CATEGORY = 88888888
# Where the subject is, and whether to look for it, steers the service and is not told again.
_NOT_TOLD = ("Crop", "Region")


def category_of(entry: Entry) -> Value:
    return entry.attributes.get("CategoryId", PREDICTED_CATEGORY)


def entry_body(entry: Entry) -> Body:
    told = {name: value for name, value in entry.attributes.items() if name not in _NOT_TOLD}
    return {"ProductId": entry.product_id, "PicName": entry.pic_name, **told, "CategoryId": category_of(entry)}


def pic_info(category: Value, region: str) -> Body:
    return {
        "CategoryId": category,
        "Region": region,
        "AllCategories": [{"Id": PREDICTED_CATEGORY, "Name": "Others"}],
        "MultiRegion": [{"Region": region}],
    }
