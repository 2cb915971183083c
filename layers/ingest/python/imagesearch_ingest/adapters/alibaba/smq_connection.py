"""How SMQ's SDK is to speak HTTP. Its own way has four traps:

- over HTTPS there is no timeout at all, and setting one is ignored without a word (``mns_http.MNSHttp``);
- its one connection a client is shared by the threads that use the client, and their answers get mixed up;
- a connection that the server has closed meanwhile is a fault, unless it ends in one certain way, and then the request
  is sent a second time, which may put a message into the queue twice;
- a redirect counts as success (``mns_client.MNSClient.check_status``).
"""

import ssl
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path

import certifi
from mns.auth import StaticCredentialsProvider
from mns.mns_client import MNSClient
from mns.mns_http import RequestInternal, ResponseInternal
from mns.queue import Queue

from imagesearch_ingest.adapters.alibaba.smq_address import SmqAddress
from imagesearch_ingest.credentials import Credentials
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason

MAX_ANSWER_BYTES = 4 * 1024 * 1024  # sixteen messages of 64 KB, and room for their wrapping; the rest is not read
_OK, _REDIRECT, _REFUSED = 200, 300, 400


@dataclass(frozen=True, slots=True)
class OneRequest:
    """What ``MNSClient`` keeps as its ``http``: each request has a connection of its own, and one attempt.

    ``connect_timeout`` holds for the TLS handshake too, ``read_timeout`` is the longest silence; both in seconds.
    """

    address: SmqAddress
    tls: ssl.SSLContext | None
    connect_timeout: float
    read_timeout: float

    def is_keep_alive(self) -> bool:
        return False

    def send_request(self, request: RequestInternal) -> ResponseInternal:
        connection = self._connection()
        try:
            connection.connect()
            connection.sock.settimeout(self.read_timeout)
            headers = {**request.header, "Connection": "close"}
            connection.request(request.method, request.uri, request.data or None, headers)
            answer = connection.getresponse()
            body = answer.read(MAX_ANSWER_BYTES)
        finally:
            connection.close()
        if not _OK <= answer.status < _REDIRECT and answer.status < _REFUSED:
            raise ValueError(f"status {answer.status} is neither success nor error")
        return ResponseInternal(answer.status, dict(answer.getheaders()), body.decode("utf-8"))

    def _connection(self) -> HTTPConnection:
        if self.tls is None:
            return HTTPConnection(self.address.host, timeout=self.connect_timeout)
        return HTTPSConnection(self.address.host, timeout=self.connect_timeout, context=self.tls)


def tls_context(ca_bundle: Path | None) -> ssl.SSLContext:
    """Verifies certificates and host names; against certifi's authorities, as the SDKs beside it do, if not told."""
    return ssl.create_default_context(cafile=str(ca_bundle or certifi.where()))


def open_queue(http: OneRequest, credentials: Credentials) -> Queue:
    """For one call, since the SDK's client belongs to one thread; it costs nothing to make.

    Bodies are left as they are: the SDK's own decoding silently makes nonsense of what is not base64.
    """
    if not credentials.access_key_id or not credentials.access_key_secret:
        raise IngestError(Reason.CREDENTIALS, "there is no access key for Alibaba Cloud")
    provider = StaticCredentialsProvider(
        credentials.access_key_id,
        credentials.access_key_secret,
        credentials.security_token or "",  # ``None`` would be sent
    )
    # For https the SDK would load the machine's authorities, for a connection that is never used.
    client = MNSClient(f"http://{http.address.host}", credentials_provider=provider)
    client.http = http
    queue = Queue(http.address.name, client)
    queue.set_encoding(False)
    return queue
