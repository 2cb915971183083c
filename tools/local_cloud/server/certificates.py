"""A private certificate authority in a folder, and the server certificates that it issues."""

import os
import ssl
import threading
from pathlib import Path

import trustme

CERTIFICATE_FILE = "ca.pem"
KEY_FILE = "ca.key"


class Authority:
    """The certificate authority in a folder. A folder without one gets a new one."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / CERTIFICATE_FILE
        self._ca = _load_or_create(self.path, folder / KEY_FILE)
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._lock = threading.Lock()

    def server_context(self, host: str) -> ssl.SSLContext:
        """Return a TLS context with a certificate for ``host``. It is issued once."""
        with self._lock:
            if host not in self._contexts:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                self._ca.issue_cert(host).configure_cert(context)
                self._contexts[host] = context
            return self._contexts[host]


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
