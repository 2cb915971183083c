"""Speak HTTP for SMQ's SDK, whose own connection has four faults.

- Over HTTPS it has no timeout, and silently ignores one that is set (``mns_http.MNSHttp``).
- It shares one connection among all threads that use the client, and mixes up their responses.
- It reports a connection that the server has closed in the meantime as an error. In one case it sends the request a
  second time instead, which may put a message into the queue twice.
- It treats a redirect as a success (``mns_client.MNSClient.check_status``).
"""

import ssl
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPSConnection

from mns.auth import StaticCredentialsProvider
from mns.mns_client import MNSClient
from mns.mns_http import RequestInternal, ResponseInternal
from mns.queue import Queue

from imagesearch_ingest.adapters.alibaba.smq_address import SmqAddress
from imagesearch_ingest.credentials import Credentials
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason

MAX_RESPONSE_BYTES = 4 * 1024 * 1024  # sixteen messages of 64 KB and their XML; the rest is not read
_OK, _REDIRECT, _REFUSED = 200, 300, 400


@dataclass(frozen=True, slots=True)
class ConnectionPerRequest:
    """Replace the ``http`` of an ``MNSClient``: open a new connection for each request, and make one attempt.

    ``connect_timeout`` covers the TLS handshake, ``read_timeout`` is the longest silence; both are in seconds.
    """

    address: SmqAddress
    tls: ssl.SSLContext | None
    connect_timeout: float
    read_timeout: float

    def is_keep_alive(self) -> bool:
        """Return ``False``: the SDK must not expect an open connection."""
        return False

    def send_request(self, request: RequestInternal) -> ResponseInternal:
        """Send one request and return the response, as the SDK's own connection does."""
        connection = self._connection()
        try:
            connection.connect()
            connection.sock.settimeout(self.read_timeout)
            headers = {**request.header, "Connection": "close"}
            connection.request(request.method, request.uri, request.data or None, headers)
            response = connection.getresponse()
            body = response.read(MAX_RESPONSE_BYTES)
        finally:
            connection.close()
        if not _OK <= response.status < _REDIRECT and response.status < _REFUSED:
            raise ValueError(f"status {response.status} is neither a success nor an error")
        return ResponseInternal(response.status, dict(response.getheaders()), body.decode("utf-8"))

    def _connection(self) -> HTTPConnection:
        if self.tls is None:
            return HTTPConnection(self.address.host, timeout=self.connect_timeout)
        return HTTPSConnection(self.address.host, timeout=self.connect_timeout, context=self.tls)


def open_queue(http: ConnectionPerRequest, credentials: Credentials) -> Queue:
    """Return the SDK's queue for one call. The SDK's clients are cheap to make, but not safe for several threads.

    The SDK must not decode bodies: it silently garbles those that are not base64.
    """
    if not credentials.access_key_id or not credentials.access_key_secret:
        raise IngestError(Reason.CREDENTIALS, "no credentials for Alibaba Cloud were found")
    provider = StaticCredentialsProvider(
        credentials.access_key_id,
        credentials.access_key_secret,
        credentials.security_token or "",  # None would be sent
    )
    # With https the SDK would load the machine's CA certificates for a connection that is never used.
    client = MNSClient(f"http://{http.address.host}", credentials_provider=provider)
    client.http = http
    queue = Queue(http.address.name, client)
    queue.set_encoding(False)
    return queue
