"""Search the instance by picture, through the real SDK, as a shop's customers do."""

import io
from dataclasses import dataclass

from alibabacloud_imagesearch20201214.models import SearchImageByPicAdvanceRequest
from PIL import Image

from imagesearch_ingest.adapters.image_search.api import make_client, runtime_options, with_sendable_length
from imagesearch_ingest.bootstrap.common import image_search_options
from imagesearch_ingest.credentials import Credentials
from imagesearch_ingest.settings import Settings


@dataclass(frozen=True, slots=True)
class Hit:
    """The best match, with a score from 0 to 1."""

    product_id: str
    pic_name: str
    score: float


def search_by_image(settings: Settings, credentials: Credentials, image: bytes) -> Hit | None:
    """Return the best match for the image, or ``None`` if the index has none. Raise the SDK's ``TeaException``."""
    options = image_search_options(settings)
    client, runtime = make_client(options, credentials), runtime_options(options)
    request = SearchImageByPicAdvanceRequest(
        instance_name=settings.instance_name, pic_content_object=io.BytesIO(with_sendable_length(image)), num=1
    )
    auctions = client.search_image_by_pic_advance(request, runtime).body.auctions
    if not auctions:
        return None
    return Hit(auctions[0].product_id, auctions[0].pic_name, float(auctions[0].score))


def make_smaller_copy(image: bytes) -> bytes:
    """Return the image at half its size as a new JPEG, since a search by identical bytes would prove little."""
    opened = Image.open(io.BytesIO(image)).convert("RGB")
    scale = max(0.5, 100 / min(opened.size))
    buffer = io.BytesIO()
    opened.resize((round(opened.width * scale), round(opened.height * scale))).save(buffer, "JPEG", quality=70)
    return buffer.getvalue()
