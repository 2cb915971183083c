"""Fetch the keys of an issuer of identity tokens over TLS (OpenID Connect Discovery 1.0, section 4)."""

import hashlib
import http.client
import json
import socket
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from local_cloud.sts.errors import HTTPS_URL, ISSUER_BROKEN, StsError

_SECONDS = 5
_CONFIGURATION = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class Route:
    """Where a host is reached on this machine, and the certificate authorities that STS trusts for it, in PEM."""

    port: int
    authorities: Sequence[Path]


@dataclass(frozen=True, slots=True)
class IssuerKeys:
    """The JSON Web Keys, and the fingerprint of the authority that has signed the issuer's certificate."""

    keys: Sequence[Mapping[str, Any]]
    fingerprint: str


def find_fingerprint(authority: Path) -> str:
    """Return the SHA-1 digest of a certificate in PEM, as RAM takes it."""
    return hashlib.sha1(ssl.PEM_cert_to_DER_cert(authority.read_text())).hexdigest()  # noqa: S324 - RAM's choice


def fetch_keys(issuer: str, routes: Mapping[str, Route]) -> IssuerKeys:
    """Return the keys of an issuer. Raise ``StsError`` if it cannot be reached, is not trusted, or publishes none."""
    host = urlsplit(issuer).hostname or ""
    route = routes.get(host)
    if route is None:
        raise StsError(ISSUER_BROKEN, issuer)
    for authority in route.authorities:
        try:
            return IssuerKeys(_fetch(issuer, host, route.port, authority), find_fingerprint(authority))
        except ssl.SSLCertVerificationError:
            continue
        except (OSError, ValueError, KeyError, http.client.HTTPException):
            raise StsError(ISSUER_BROKEN, issuer) from None
    raise StsError(HTTPS_URL, issuer)


def _fetch(issuer: str, host: str, port: int, authority: Path) -> list[Mapping[str, Any]]:
    configuration = _get(host, port, authority, urlsplit(issuer).path.rstrip("/") + _CONFIGURATION)
    if configuration["issuer"] != issuer:
        raise ValueError("the configuration is about another issuer")
    jwks = urlsplit(configuration["jwks_uri"])
    if jwks.hostname != host:
        raise ValueError("the keys are at another host")
    keys: list[Mapping[str, Any]] = _get(host, port, authority, jwks.path)["keys"]
    return keys


def _get(host: str, port: int, authority: Path, path: str) -> dict[str, Any]:
    context = ssl.create_default_context(cafile=authority)
    connection = http.client.HTTPSConnection(host, timeout=_SECONDS)
    with socket.create_connection(("127.0.0.1", port), timeout=_SECONDS) as plain:
        connection.sock = context.wrap_socket(plain, server_hostname=host)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            if answer.status != http.client.OK:
                raise ValueError(f"{path} answers {answer.status}")
            found: dict[str, Any] = json.loads(answer.read())
            return found
        finally:
            connection.close()
