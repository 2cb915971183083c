"""Verify the signatures of requests to EventBridge's control API, which the API gateway checks."""

from local_cloud.eventbridge.errors import EventBridgeError
from local_cloud.server.acs3 import Acs3Verifier


class SignatureVerifier(Acs3Verifier):
    """Raise ``EventBridgeError`` for a request that is not signed as it should be."""

    def refuse(self, code: str, detail: str = "") -> EventBridgeError:
        return EventBridgeError(code, detail)
