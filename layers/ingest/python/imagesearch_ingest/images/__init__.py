"""The picture's station: bytes as they were uploaded in, a picture that AddImage documents as acceptable out.

``prepare`` is the door; what it does, in order, is the list in ``prepare.py``.
"""

from imagesearch_ingest.images.policy import Policy
from imagesearch_ingest.images.prepare import prepare

__all__ = ["Policy", "prepare"]
