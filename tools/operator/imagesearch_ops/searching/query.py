"""Read the picture to search with, and prepare it like an upload."""

import io
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from math import inf
from pathlib import Path

from PIL import Image

from imagesearch_ingest.adapters.subprocess.child_process import ChildProcess
from imagesearch_ingest.bootstrap.common import MEGABYTE
from imagesearch_ingest.images.policy import Policy, SmallPictures
from imagesearch_ingest.model.images import PreparedImage
from imagesearch_ingest.settings import Settings
from imagesearch_ops.bucket_urls import BucketUrl
from imagesearch_ops.deployment import Deployment
from imagesearch_ops.errors import InputError
from imagesearch_ops.input_files import check_size, read_file
from imagesearch_ops.stores import open_store

_SHORTEST_SIDE = 100  # pixels (SearchImageByPic reference, PicContent)


def read_query(source: str, deployment: Deployment, settings: Settings) -> bytes:
    """Return the bytes of a file, or of an object of a bucket.

    Raise ``InputError`` if there is none, and ``IngestError`` if it cannot be read or is too large.
    """
    if "://" in source:
        url = BucketUrl.parse(source)
        found = open_store(url.cloud, deployment).fetch(url.ref, round(settings.max_source_megabytes * MEGABYTE))
        if found is None:
            raise InputError(f"{source}: the bucket has no such object")
        return found.data
    try:
        size, data = read_file(Path(source))
    except OSError as error:
        raise InputError(f"{source}: {error.strerror}") from None
    check_size(size)
    return data


def prepare_query(data: bytes, settings: Settings, environ: Mapping[str, str]) -> PreparedImage:
    """Return the picture as the service accepts it. Raise ``IngestError`` if that is not possible.

    A picture that is too small to be added can still be searched with: it is enlarged.
    """
    with closing(ChildProcess(environ)) as child:
        return child.prepare(data, _policy(settings), inf)


def _policy(settings: Settings) -> Policy:
    policy = settings.image_policy()
    if policy.small_pictures is SmallPictures.REJECT:
        return replace(policy, small_pictures=SmallPictures.UPSCALE)
    return policy


def make_smaller_copy(image: bytes) -> bytes:
    """Return the image at half its size as a new JPEG, since a search by identical bytes would prove little."""
    opened = Image.open(io.BytesIO(image)).convert("RGB")
    scale = max(0.5, _SHORTEST_SIDE / min(opened.size))
    buffer = io.BytesIO()
    opened.resize((round(opened.width * scale), round(opened.height * scale))).save(buffer, "JPEG", quality=70)
    return buffer.getvalue()
