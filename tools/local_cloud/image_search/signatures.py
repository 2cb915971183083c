"""Verify the signatures of requests to Image Search."""

from local_cloud.image_search.errors import ApiError
from local_cloud.server.acs3 import Acs3Verifier, FindKey

__all__ = ["FindKey", "SignatureVerifier"]


class SignatureVerifier(Acs3Verifier):
    """Raise ``ApiError`` for a request that is not signed as it should be."""

    def refuse(self, code: str, detail: str = "") -> ApiError:
        return ApiError(code, detail)
