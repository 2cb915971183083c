"""AddImage and DeleteImage as values that cannot break a documented limit (AddImage reference, Request parameters).

The attributes' limits stand in ``attributes/limits.py``: settings and metadata are held to them long before.
"""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator
from pydantic_core import ErrorDetails

from imagesearch_ingest.attributes import NO_ATTRIBUTES, Attributes
from imagesearch_ingest.attributes.limits import CategoryId, CustomContent, IntAttr, Region, StrAttr
from imagesearch_ingest.identity import MAX_ID_CHARACTERS
from imagesearch_ingest.image_search.region import in_prepared_pixels
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.images import ImageIdentity, PreparedImage
from imagesearch_ingest.model.reasons import Reason

MAX_PICTURE_BYTES = 4 * 1024 * 1024

InstanceName = Annotated[str, StringConstraints(min_length=1, max_length=20)]
Id = Annotated[str, StringConstraints(min_length=1, max_length=MAX_ID_CHARACTERS)]
PicContent = Annotated[bytes, Field(min_length=1, max_length=MAX_PICTURE_BYTES, repr=False)]


class _Request(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    instance_name: InstanceName
    product_id: Id
    pic_name: Id


class DeleteImageRequest(_Request):
    """Removes one picture. ``pic_name`` is required here: without it the service deletes the whole product."""


class AddImageRequest(_Request):
    """Adds one picture, or overwrites the one under the same ids.

    ``region`` is "x1,x2,y1,y2" in pixels of ``pic_content``; x1, y1 is the upper left corner. Given a region, ``crop``
    must be left out: the documents contradict each other on which of the two wins.
    """

    pic_content: PicContent
    category_id: CategoryId | None = None
    crop: bool | None = None
    region: Region | None = None
    custom_content: CustomContent | None = None
    int_attr: IntAttr | None = None
    int_attr_2: IntAttr | None = None
    int_attr_3: IntAttr | None = None
    int_attr_4: IntAttr | None = None
    str_attr: StrAttr | None = None
    str_attr_2: StrAttr | None = None
    str_attr_3: StrAttr | None = None
    str_attr_4: StrAttr | None = None

    @model_validator(mode="after")
    def _region_stands_alone(self) -> Self:
        if self.region is not None and self.crop is not None:
            raise ValueError("Region and Crop cannot be given together")
        return self


def add_image_request(
    instance_name: str, identity: ImageIdentity, image: PreparedImage, attributes: Attributes = NO_ATTRIBUTES
) -> AddImageRequest:
    """The region comes out in pixels of the prepared picture.

    Raises ``IngestError(ATTRIBUTE_INVALID)`` naming the field, the value's length and the limit it breaks.
    """
    fields = attributes.given() | in_prepared_pixels(attributes, image)
    try:
        return AddImageRequest(
            instance_name=instance_name,
            product_id=identity.product_id,
            pic_name=identity.pic_name,
            pic_content=image.data,
            **fields,
        )
    except ValidationError as error:
        detail = "; ".join(_sentence(fault) for fault in error.errors(include_url=False))
        raise IngestError(Reason.ATTRIBUTE_INVALID, detail) from None


def _sentence(fault: ErrorDetails) -> str:
    """Names the field, not its value: that may be long, or none of a log's business."""
    field = ".".join(map(str, fault["loc"])) or "request"
    length = f" (its length is {len(fault['input'])})" if isinstance(fault["input"], str | bytes) else ""
    return f"{field}: {fault['msg']}{length}"
