"""Make the OSS SDK's client."""

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
    """Return a client that never retries: the caller does, since it knows the time left.

    The default ``endpoint`` is the region's internal one. Each request reads the credentials again. Timeouts are in
    seconds. Safe to be used by several threads.
    """

    def read_credentials() -> oss.Credentials:
        key = credentials.get()
        return oss.Credentials(key.access_key_id or "", key.access_key_secret or "", key.security_token)

    # The session is opened here: the SDK would open it at the first request, which two threads could make at once.
    session = _Session(ca_bundle, connections)
    config = oss.Config(
        region=region,
        endpoint=endpoint,
        use_internal_endpoint=endpoint is None,
        credentials_provider=CredentialsProviderFunc(read_credentials),
        retry_max_attempts=1,
        http_client=RequestsHttpClient(
            session=session, connect_timeout=connect_timeout, readwrite_timeout=read_timeout
        ),
    )
    return oss.Client(config)


class _Session(requests.Session):
    """Send the SDK's requests as they were signed, and keep an object's bytes as they are stored."""

    def __init__(self, ca_bundle: Path | None, connections: int) -> None:
        super().__init__()
        # Ignore proxies and netrc: the endpoint is in Alibaba Cloud's own network, and the SDK signs the requests.
        self.trust_env = False
        self.verify = str(ca_bundle) if ca_bundle else True
        self.mount("https://", HTTPAdapter(pool_maxsize=connections, max_retries=Retry(total=False)))
        self.mount("http://", HTTPAdapter(pool_maxsize=connections, max_retries=Retry(total=False)))

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        """Keep the URL as it was signed: requests would shorten the key "a/../b.jpg" to "b.jpg", another object."""
        prepared = super().prepare_request(request)
        prepared.url = request.url
        return prepared

    def merge_environment_settings(self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any) -> Any:  # noqa: ANN401 - requests' types
        """Verify against our own CA bundle: the SDK passes ``verify`` with each request, which would override ours."""
        merged = super().merge_environment_settings(url, proxies, stream, verify, cert)
        return {**merged, "verify": self.verify}

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:  # noqa: ANN401 - as above
        """Keep the bytes of an object as they are stored, whatever ``Content-Encoding`` its uploader set."""
        response = super().send(request, **kwargs)
        if kwargs.get("stream"):
            response.raw.headers.discard("Content-Encoding")
            # If the SDK cannot read the headers, it never closes the body, and the connection would stay open.
            weakref.finalize(response, response.raw.close)
        return response
