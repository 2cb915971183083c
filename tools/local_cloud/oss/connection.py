"""One connection: TLS from its first byte on, and HTTP as ``image_search.connection`` speaks it."""

import time
from typing import cast

from local_cloud.image_search.connection import Connection
from local_cloud.image_search.proxy import LOOPBACK, Proxy
from local_cloud.image_search.wire import Answer
from local_cloud.oss.wire import OssAnswer

MAX_OBJECT_BYTES = 512 * 1024 * 1024


class OssConnection(Connection):
    max_body_bytes = MAX_OBJECT_BYTES

    def setup(self) -> None:
        context = self._owner.services.authority.server_context(LOOPBACK)
        self.request = context.wrap_socket(self.request, server_side=True, do_handshake_on_connect=False)
        try:
            self._owner.adopt(self.request)
            self.request.do_handshake()
        except OSError:  # of somebody who does not trust the certificate, for one
            self.request.close()
            raise
        super().setup()
        self._host = LOOPBACK

    do_HEAD = Connection.do_GET  # noqa: N815 - the base class looks for this name

    def _send(self, answer: Answer, reason: str | None = None) -> None:
        headers = answer.headers if isinstance(answer, OssAnswer) else {}
        self.send_response_only(answer.status, reason)
        self.send_header("Server", "AliyunOSS")
        self.send_header("Date", self.date_time_string(time.time()))
        if answer.content_type:
            self.send_header("Content-Type", answer.content_type)
        for name, value in ({"Content-Length": str(len(answer.body))} | dict(headers)).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            sent = answer.sent if isinstance(answer, OssAnswer) else None
            self.wfile.write(answer.body[:sent])
            self.close_connection |= sent is not None


class OssServer(Proxy):
    """Accepts connections as the proxy does, a thread each."""

    connection_class = cast("type[Connection]", OssConnection)

    @property
    def url(self) -> str:
        return f"https://{LOOPBACK}:{self.server_address[1]}"
