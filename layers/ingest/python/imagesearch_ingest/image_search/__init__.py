"""Requests to Image Search within its documented limits, and the meaning of its error codes."""

from imagesearch_ingest.image_search.codes import error_for_code
from imagesearch_ingest.image_search.requests import AddImageRequest, DeleteImageRequest, build_add_request

__all__ = ["AddImageRequest", "DeleteImageRequest", "build_add_request", "error_for_code"]
