"""Tell a connection that a setting prevents from one that merely failed.

A host name that does not exist, a refused certificate or an invalid URL stays so until a person acts. A resolver that
does not answer, a refused connection and a reset pass. Vendors wrap these errors in several layers of their own, so the
innermost one decides.
"""

import re
import socket
import ssl
from collections.abc import Iterator
from typing import NamedTuple

from imagesearch_ingest.adapters.errors import Fault
from imagesearch_ingest.model.reasons import Reason

# The name does not exist, or it has no address (getaddrinfo(3)). EAI_AGAIN and EAI_FAIL are faults of the resolver.
_NO_SUCH_NAME = {
    number
    for name in ("EAI_NONAME", "EAI_NODATA", "EAI_ADDRFAMILY")
    if (number := getattr(socket, name, None)) is not None
}
# A resolver may lose a name for a moment, so the call is made once more before a person is asked.
_NAME_ATTEMPTS = 2
_BAD_BUNDLE_LIBRARIES = {"PEM", "X509"}  # the parts of OpenSSL that read files of certificates
_NOT_TLS = {"WRONG_VERSION_NUMBER", "HTTP_REQUEST"}  # the other side speaks plain HTTP
# botocore, requests and urllib3 use the same names for these.
_BAD_URLS = {
    "InvalidURL",
    "InvalidSchema",
    "MissingSchema",
    "InvalidProxyURL",
    "ProxySchemeUnknown",
    "LocationParseError",
    "URLSchemeUnknown",
}
_PROXY_ERRORS = {"ProxyError", "ProxyConnectionError", "InvalidProxyURL", "ProxySchemeUnknown"}
# For these, the libraries give only a text.
_BAD_HEADER = re.compile(r"Invalid header (?:value|name) ")  # http.client
_PROXY_REFUSAL = re.compile(r"Tunnel connection failed: (?P<status>403|407)\b")  # http.client


class ConnectionSettings(NamedTuple):
    """Name the variables that decide how a service is reached. Each is a phrase for messages.

    ``proxy`` is ``None`` where no proxy is used. ``no_such_host`` is the reason if no host can be found.
    """

    host: str
    certificates: str
    proxy: str | None = None
    no_such_host: Reason = Reason.SETTINGS_REFUSED


def find_misconfiguration(error: BaseException, host: str | None, settings: ConnectionSettings) -> Fault | None:
    """Return the fault if a setting prevents the connection to ``host``, or ``None`` for any other error.

    A ``host`` of ``None`` is not known. The detail names the variables to check. It never quotes the error, which may
    quote a header or a proxy's password.
    """
    layers, place = list(_unwrap(error)), f"the host {host}" if host else "the service's host"
    at_proxy = any(type(layer).__name__ in _PROXY_ERRORS for layer in layers)
    for layer in layers:
        if fault := _judge(layer, place, settings, at_proxy=at_proxy):
            return fault
    return None


def _judge(error: BaseException, place: str, settings: ConnectionSettings, *, at_proxy: bool) -> Fault | None:  # noqa: PLR0911 - a table
    variables = settings.proxy if at_proxy else settings.host
    place = "the proxy's host" if at_proxy else place
    kind = type(error).__name__
    if isinstance(error, socket.gaierror) and error.errno in _NO_SUCH_NAME:
        fault = _fault(f"{place} does not exist", variables)
        reason = fault.reason if at_proxy else settings.no_such_host
        return fault._replace(reason=reason, attempts=_NAME_ATTEMPTS)
    if isinstance(error, ssl.SSLCertVerificationError) or kind == "CertificateError":  # urllib3's, for another host
        why = getattr(error, "verify_message", None) or str(error)
        return _fault(f"the certificate of {place} is refused: {why}", settings.certificates, variables)
    if isinstance(error, ssl.SSLError) and error.library in _BAD_BUNDLE_LIBRARIES:
        return _fault("the file of CA certificates cannot be read", settings.certificates)
    if isinstance(error, ssl.SSLError) and error.reason in _NOT_TLS:
        return _fault(f"{place} does not speak TLS", variables)
    if isinstance(error, OSError) and (refusal := _PROXY_REFUSAL.match(str(error))):
        return _fault(f"the proxy refuses the connection with status {refusal['status']}", settings.proxy)
    if kind == "InvalidHeader" or (isinstance(error, ValueError) and _BAD_HEADER.match(str(error))):
        return _fault("a request header would contain a line break or another invalid character", "the access key")
    if kind in _BAD_URLS:
        return _fault(f"the URL of {place} is not valid", settings.host, settings.proxy)
    return None


def _fault(what: str, *variables: str | None) -> Fault:
    return Fault(Reason.SETTINGS_REFUSED, f"{what}. Check {', '.join(filter(None, variables))}")


def _unwrap(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and all errors inside it, the outermost first.

    Vendors keep the inner error as cause, context, argument or attribute. requests keeps only the arguments.
    """
    waiting, seen = [error], set()
    while waiting:
        layer = waiting.pop(0)
        if id(layer) in seen:
            continue
        seen.add(id(layer))
        yield layer
        inner = (layer.__cause__, layer.__context__, getattr(layer, "inner_exception", None), *layer.args)
        named = getattr(layer, "kwargs", None)
        inner += tuple(named.values()) if isinstance(named, dict) else ()
        waiting += [each for each in inner if isinstance(each, BaseException)]
