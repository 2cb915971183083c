"""Write the lines of increment.meta, and tell which keys it cannot hold.

Fields are those of the samples in "Batch operations" and "Filter conditions". They have no Crop. PicName has neither a
leading nor a trailing slash, and must have an extension.
"""

from typing import Any

from imagesearch_ingest.image_search import AddImageRequest

META_KEY = "increment.meta"
CLAIM_KEY = "imagesearch-ingest.run"  # says which run a staging bucket belongs to
NO_CROP, UNREAD = "crop_false", "unread"
WHY_LEFT = {
    "name_taken": "The staging bucket uses this name itself.",
    "slash": "PicName in increment.meta must neither begin nor end with a slash.",
    "no_extension": "PicName in increment.meta must have an extension.",
    NO_CROP: "increment.meta has no field for Crop.",
    UNREAD: "The object could not be read.",
}
_NAMES = {
    "product_id": "ProductId",
    "pic_name": "PicName",
    "category_id": "CategoryId",
    "region": "Region",
    "custom_content": "CustomContent",
    **{f"{kind}_attr{'_' * bool(n)}{n}": f"{kind.title()}Attr{n}" for kind in ("int", "str") for n in ("", 2, 3, 4)},
}


def make_line(request: AddImageRequest) -> dict[str, Any] | None:
    """Return the line that adds what the request would add, or ``None`` if no line can."""
    if request.crop is False:  # true is the default of AddImage
        return None
    given = request.model_dump(exclude={"pic_content"}, exclude_none=True)
    return {"OperationType": "ADD"} | {name: given[field] for field, name in _NAMES.items() if field in given}


def why_left(key: str) -> str | None:
    """Return why increment.meta cannot hold a key, or ``None`` if it can."""
    if key in (META_KEY, CLAIM_KEY):
        return "name_taken"
    if key.startswith("/") or key.endswith("/"):
        return "slash"
    stem, _, extension = key.rpartition("/")[2].rpartition(".")
    return None if stem and extension else "no_extension"
