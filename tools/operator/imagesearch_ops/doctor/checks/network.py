"""Check that the hosts of Image Search are reached, and that their certificates are trusted."""

import http.client
import socket
import ssl
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import certifi

from imagesearch_ingest.adapters.errors import NO_CONNECTION, NO_RESPONSE
from imagesearch_ingest.adapters.image_search.errors import API, UPLOAD
from imagesearch_ingest.adapters.misconfiguration import find_misconfiguration
from imagesearch_ingest.settings import variable
from imagesearch_ops.doctor.findings import CannotSeeError, Finding, broken, fine, unknown
from imagesearch_ops.doctor.patient import Patient

_PORT = 443
_NO_PROXY = (socket.gaierror, ConnectionRefusedError)  # only the proxy itself is looked up and connected to


@dataclass(frozen=True, slots=True)
class Way:
    """How a host is reached: the proxy and the certificates of the settings."""

    proxy: str | None
    ca_bundle: str | None
    timeout: float

    @classmethod
    def of(cls, patient: Patient) -> "Way":
        settings = patient.settings
        bundle = str(settings.ca_bundle) if settings.ca_bundle else None
        return cls(settings.https_proxy or patient.environ.get("HTTPS_PROXY") or None, bundle, 5.0)

    def connect(self, host: str) -> http.client.HTTPSConnection:
        """Return an open connection. Raise ``OSError`` or ``http.client.HTTPException``."""
        context = ssl.create_default_context(cafile=self.ca_bundle or certifi.where())
        name, _, port = host.partition(":")
        if not self.proxy:
            connection = http.client.HTTPSConnection(name, int(port or _PORT), timeout=self.timeout, context=context)
        else:
            proxy = urlsplit(self.proxy)
            connection = http.client.HTTPSConnection(
                str(proxy.hostname), proxy.port or _PORT, timeout=self.timeout, context=context
            )
            connection.set_tunnel(name, int(port or _PORT), _authorization(proxy.username, proxy.password))
        connection.connect()
        return connection


def read_chain(way: Way, host: str) -> list[bytes]:
    """Return a host's certificates in DER, from its own up to the authority that this machine trusts.

    Raise ``OSError`` or ``http.client.HTTPException``.
    """
    connection = way.connect(host)
    try:
        secured: Any = connection.sock
        if hasattr(secured, "get_verified_chain"):  # from Python 3.13 on
            return list(secured.get_verified_chain())
        chain = secured._sslobj.get_verified_chain()  # noqa: SLF001 - the only way before
        return [ssl.PEM_cert_to_DER_cert(one.public_bytes()) for one in chain]
    finally:
        connection.close()


def _authorization(user: str | None, password: str | None) -> dict[str, str]:
    if not user:
        return {}
    import base64  # noqa: PLC0415 - for the few with a proxy that demands a password

    text = f"{unquote(user)}:{unquote(password or '')}"
    return {"Proxy-Authorization": f"Basic {base64.b64encode(text.encode()).decode()}"}


def check_host(patient: Patient, host: str, *, is_upload: bool = False) -> Finding:
    """Connect over TLS. The API is also asked for its time, by a request that means nothing."""
    if patient.is_named and patient.function is None:
        raise CannotSeeError("needs settings.valid")
    for field in ("ca_bundle", "https_proxy"):
        if field in patient.unset:
            raise CannotSeeError(f"needs {variable(field)}, which is wrong")
    way = Way.of(patient)
    try:
        connection = way.connect(host)
        try:
            if not is_upload:
                _ask_time(patient, connection, host)
        finally:
            connection.close()
    except (OSError, http.client.HTTPException, ValueError) as error:
        if way.proxy and isinstance(error, _NO_PROXY):
            return _judge_proxy(patient, host, way.proxy, error)
        return _judge(patient, host, error, is_upload=is_upload)
    through = f" through {urlsplit(way.proxy).hostname}" if way.proxy else ""
    return fine(f"{host} is reached over TLS{through}")


def _ask_time(patient: Patient, connection: http.client.HTTPSConnection, host: str) -> None:
    connection.request("GET", "/")
    sent = time.time()
    answer = connection.getresponse()
    patient.clock.note(host, answer.getheader("Date"), (sent + time.time()) / 2)


def _judge_proxy(patient: Patient, host: str, proxy: str, error: Exception) -> Finding:
    """Tell that the proxy is not there. The detail never shows its user and password."""
    address = urlsplit(proxy)
    shown = f"{address.hostname}:{address.port or _PORT}"
    why = "there is no such host" if isinstance(error, socket.gaierror) else "it refuses the connection"
    detail = f"{host} cannot be reached from this machine: the proxy {shown} does not answer ({why})"
    fix = "Correct INGEST_HTTPS_PROXY, or start the proxy."
    if patient.is_named:  # the function is elsewhere, and may reach it
        return unknown(detail, fix, is_blocking=True)
    return broken(detail, fix)


def _judge(patient: Patient, host: str, error: Exception, *, is_upload: bool) -> Finding:
    settings = (UPLOAD if is_upload else API).settings
    if fault := find_misconfiguration(error, host, settings):
        return broken(f"{host}: {fault.detail}", f"Check {', '.join(filter(None, settings[:3]))}.")
    text = str(error)
    if "Tunnel connection failed" in text:
        return broken(
            f"the proxy does not connect to {host}: {text.partition('failed: ')[2]}",
            "Let INGEST_HTTPS_PROXY connect to this host, or correct INGEST_INSTANCE_REGION.",
        )
    fault = NO_RESPONSE if isinstance(error, TimeoutError) else NO_CONNECTION
    detail = f"{host} cannot be reached from this machine: {fault.detail}"
    if patient.is_named:  # the function is elsewhere, and may reach it
        return unknown(detail, is_blocking=True)
    return broken(detail, f"Check {settings.host}, INGEST_HTTPS_PROXY and the network.")
