"""Verify who signed a request, by version 1 or 4, in a header or in the URL. Version 2 is not supported."""

from collections.abc import Callable
from dataclasses import dataclass

from local_cloud.oss import signatures_v1, signatures_v4
from local_cloud.oss.addressing import parse_parameters
from local_cloud.oss.errors import OssError
from local_cloud.oss.signatures_v1 import ClaimV1
from local_cloud.oss.signatures_v4 import ALGORITHM, ClaimV4
from local_cloud.server.credentials import Credentials
from local_cloud.server.wire import Request

SIGNATURE_PARAMETERS = signatures_v1.PARAMETERS | signatures_v4.PARAMETERS


@dataclass
class SignatureVerifier:
    """Check requests to one region. Set ``expired`` to treat the security token as expired."""

    credentials: Credentials
    region: str
    clock: Callable[[], float]
    expired: bool = False

    def verify(self, request: Request) -> None:
        """Raise ``OssError`` unless the request is fresh and signed with the accepted key."""
        claim = read_claim(request)
        if claim.access_key_id != self.credentials.access_key_id:
            raise OssError("InvalidAccessKeyId", elements={"OSSAccessKeyId": claim.access_key_id})
        self._check_token(claim.token)
        claim.check_scope(self.region)
        claim.check_time(self.clock())
        claim.check_signature(self.credentials.access_key_secret)

    def _check_token(self, token: str | None) -> None:
        if token is None and self.credentials.security_token:
            raise OssError("InvalidAccessKeyId", ec="0002-00000003")  # a temporary key is unknown without its token
        if token != self.credentials.security_token:
            raise OssError("InvalidSecurityToken")
        if self.expired:
            raise OssError("SecurityTokenExpired")


def read_claim(request: Request) -> ClaimV1 | ClaimV4:
    """Return what the request says about its signature. Raise ``OssError`` if it has none, or two."""
    authorization, parameters = request.headers.get("authorization"), parse_parameters(request)
    in_url = parameters.keys() & {"Signature", "x-oss-signature"}
    if authorization is None and not in_url:
        raise OssError("AccessDenied", "Anonymous access is forbidden for this operation.")
    if authorization is not None and in_url:
        raise OssError("InvalidArgument", "A signature is both in the header Authorization and in the URL.")
    if authorization is None:
        is_v1 = "Signature" in parameters
        read = signatures_v1.read_parameters if is_v1 else signatures_v4.read_parameters
        return read(request, parameters)
    if authorization.startswith(ALGORITHM):
        return signatures_v4.read_header(request, authorization)
    if authorization.startswith(signatures_v1.PREFIX):
        return signatures_v1.read_header(request, authorization)
    raise OssError("InvalidArgument", "Authorization header is invalid. Versions 1 and 4 are supported here.")
