"""What Image Search is asked, with every documented limit, and what its answers mean."""

from imagesearch_ingest.image_search.codes import error_for_code
from imagesearch_ingest.image_search.requests import AddImageRequest, DeleteImageRequest, add_image_request

__all__ = ["AddImageRequest", "DeleteImageRequest", "add_image_request", "error_for_code"]
