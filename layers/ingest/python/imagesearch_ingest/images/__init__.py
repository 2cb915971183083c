"""Turn the bytes of an uploaded file into an image that AddImage accepts.

Call ``prepare``; its steps are listed in ``prepare.py``. ``formats`` has one folder per file format.
"""

from imagesearch_ingest.images.policy import Policy
from imagesearch_ingest.images.prepare import prepare

__all__ = ["Policy", "prepare"]
