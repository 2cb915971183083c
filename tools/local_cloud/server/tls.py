"""A listener whose address is its own: it speaks TLS or plain HTTP, as the client begins."""

from typing import ClassVar

from local_cloud.server.listener import Listener


class TlsListener(Listener):
    """``url`` names TLS. Vendors accept both, and some clients speak only plain HTTP to an address like ours."""

    scheme: ClassVar[str] = "https"
