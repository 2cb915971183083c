"""A private certificate authority in a folder, and the server certificates that it issues."""

import os
import re
import ssl
import threading
from pathlib import Path

import trustme

CERTIFICATE_FILE = "ca.pem"
KEY_FILE = "ca.key"
# The names of the ports themselves, for clients that use no proxy.
OWN_NAMES = ("127.0.0.1", "localhost")
_HOST_NAME = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*")


class Authority:
    """The certificate authority in a folder. A folder without one gets a new one."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / CERTIFICATE_FILE
        self._ca = _load_or_create(self.path, folder / KEY_FILE)
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._lock = threading.Lock()

    def server_context(self, host: str = "") -> ssl.SSLContext:
        """Return a TLS context with a certificate for ``host``. It is issued once.

        Without a host, the certificate is for the name that the client asks for. A client that asks for none reached
        the port by its IP address.
        """
        with self._lock:
            if host not in self._contexts:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                self._configure(context, self._ca.issue_cert(*([host] if host else OWN_NAMES)))
                if not host:
                    context.sni_callback = self._use_name
                self._contexts[host] = context
            return self._contexts[host]

    def _configure(self, context: ssl.SSLContext, certificate: trustme.LeafCert) -> None:
        certificate.configure_cert(context)

    def _use_name(self, connection: ssl.SSLSocket | ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> None:
        if name and name not in OWN_NAMES and _HOST_NAME.fullmatch(name.lower()):
            connection.context = self.server_context(name.lower())


class PublicAuthority(Authority):
    """An authority whose own certificate each server sends, too, as the last one."""

    def _configure(self, context: ssl.SSLContext, certificate: trustme.LeafCert) -> None:
        sent = certificate.private_key_and_cert_chain_pem.bytes() + self.path.read_bytes()
        with trustme.Blob(sent).tempfile() as path:
            context.load_cert_chain(path)


def _load_or_create(certificate: Path, key: Path) -> trustme.CA:
    if certificate.exists() and key.exists():
        return trustme.CA.from_pem(certificate.read_bytes(), key.read_bytes())
    ca = trustme.CA()
    certificate.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(ca.private_key_pem.bytes())
    # Renamed into place last: a certificate that exists always matches its key.
    unfinished = certificate.with_suffix(".unfinished")
    ca.cert_pem.write_to_path(unfinished)
    unfinished.replace(certificate)
    return ca
