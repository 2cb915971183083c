"""The OSS SDK's client, as this project uses it."""

import weakref
from pathlib import Path
from typing import Any

import alibabacloud_oss_v2 as oss
import requests
from alibabacloud_oss_v2.credentials import CredentialsProviderFunc
from alibabacloud_oss_v2.transport import RequestsHttpClient
from requests.adapters import HTTPAdapter
from urllib3 import Retry

from imagesearch_ingest.credentials import CredentialSource


def oss_client(
    credentials: CredentialSource,
    *,
    region: str,
    endpoint: str | None = None,
    ca_bundle: Path | None = None,
    connect_timeout: float = 3,
    read_timeout: float = 10,
    connections: int = 10,
) -> oss.Client:
    """No retries of its own: repeating is ``retrying``'s business, which knows the time left.

    Without an ``endpoint`` it is the region's internal one. Credentials are asked for at each request. Timeouts are in
    seconds. Safe to be used by several threads at once.
    """

    def current() -> oss.Credentials:
        key = credentials.get()
        return oss.Credentials(key.access_key_id or "", key.access_key_secret or "", key.security_token)

    # Opened here: the SDK would open one at the first request, and two threads might come first.
    session = _Session(ca_bundle, connections)
    config = oss.Config(
        region=region,
        endpoint=endpoint,
        use_internal_endpoint=endpoint is None,
        credentials_provider=CredentialsProviderFunc(current),
        retry_max_attempts=1,
        http_client=RequestsHttpClient(
            session=session, connect_timeout=connect_timeout, readwrite_timeout=read_timeout
        ),
    )
    return oss.Client(config)


class _Session(requests.Session):
    """Sends what the SDK made, as the SDK made it, and hands on what the bucket holds, as it is held."""

    def __init__(self, ca_bundle: Path | None, connections: int) -> None:
        super().__init__()
        # Neither proxies nor netrc: the endpoint is Alibaba Cloud's own network, and the signature is the SDK's.
        self.trust_env = False
        self.verify = str(ca_bundle) if ca_bundle else True
        self.mount("https://", HTTPAdapter(pool_maxsize=connections, max_retries=Retry(total=False)))
        self.mount("http://", HTTPAdapter(pool_maxsize=connections, max_retries=Retry(total=False)))

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        """Of the key "a/../b.jpg" requests would make "b.jpg": another object, and not the one that was signed for."""
        prepared = super().prepare_request(request)
        prepared.url = request.url
        return prepared

    def merge_environment_settings(self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any) -> Any:  # noqa: ANN401 - requests' types
        """The SDK asks for the usual authorities at each request, and would so get its way against ``verify``."""
        merged = super().merge_environment_settings(url, proxies, stream, verify, cert)
        return {**merged, "verify": self.verify}

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:  # noqa: ANN401 - as above
        """A streamed body is an object's: its bytes are not unpacked, whatever encoding its uploader named for them."""
        response = super().send(request, **kwargs)
        if kwargs.get("stream"):
            response.raw.headers.discard("Content-Encoding")
            # Of an answer whose headers it cannot read the SDK forgets the body, and with it the connection.
            weakref.finalize(response, response.raw.close)
        return response
