"""Requests AddImage and DeleteImage, validated against every documented limit (AddImage reference, Request parameters).

``attributes/limits.py`` defines the limits of the attributes. Settings and metadata have been validated against them
before.
"""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator
from pydantic_core import ErrorDetails

from imagesearch_ingest.attributes import NO_ATTRIBUTES, Attributes
from imagesearch_ingest.attributes.limits import CategoryId, CustomContent, IntAttr, Region, StrAttr
from imagesearch_ingest.identity import MAX_ID_CHARACTERS
from imagesearch_ingest.image_search.region import scale_region
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.images import ImageIdentity, PreparedImage
from imagesearch_ingest.model.reasons import Reason

MAX_IMAGE_BYTES = 4 * 1024 * 1024

InstanceName = Annotated[str, StringConstraints(min_length=1, max_length=20)]
Id = Annotated[str, StringConstraints(min_length=1, max_length=MAX_ID_CHARACTERS)]
PicContent = Annotated[bytes, Field(min_length=1, max_length=MAX_IMAGE_BYTES, repr=False)]


class _Request(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    instance_name: InstanceName
    product_id: Id
    pic_name: Id


class DeleteImageRequest(_Request):
    """Delete one picture. ``pic_name`` is required: without it the service deletes the whole product."""


class AddImageRequest(_Request):
    """Add one picture, or overwrite the picture with the same IDs.

    ``region`` is "x1,x2,y1,y2" in pixels of ``pic_content``; x1, y1 is the upper left corner. With a region there must
    be no ``crop``, because the documents contradict each other on which of the two takes precedence.
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
    def _check_region_without_crop(self) -> Self:
        if self.region is not None and self.crop is not None:
            raise ValueError("Region and Crop cannot be given together")
        return self


def build_add_request(
    instance_name: str, identity: ImageIdentity, image: PreparedImage, attributes: Attributes = NO_ATTRIBUTES
) -> AddImageRequest:
    """Return the request, with the region in pixels of the prepared picture.

    Raise ``IngestError(ATTRIBUTE_INVALID)`` naming the field, the length of its value and the limit.
    """
    fields = attributes.given() | scale_region(attributes, image)
    try:
        return AddImageRequest(
            instance_name=instance_name,
            product_id=identity.product_id,
            pic_name=identity.pic_name,
            pic_content=image.data,
            **fields,
        )
    except ValidationError as error:
        detail = "; ".join(_describe_fault(fault) for fault in error.errors(include_url=False))
        raise IngestError(Reason.ATTRIBUTE_INVALID, detail) from None


def _describe_fault(fault: ErrorDetails) -> str:
    """Name the field and the length of its value. The value itself may be long or confidential."""
    field = ".".join(map(str, fault["loc"])) or "request"
    length = f" (its length is {len(fault['input'])})" if isinstance(fault["input"], str | bytes) else ""
    return f"{field}: {fault['msg']}{length}"
