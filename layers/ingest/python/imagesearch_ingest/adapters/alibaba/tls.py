"""Trust certificate authorities. This needs no SDK: on AWS those of Alibaba Cloud may be missing."""

import ssl
from pathlib import Path

import certifi


def tls_context(ca_bundle: Path | None) -> ssl.SSLContext:
    """Return a context that verifies certificates and host names, by default with certifi's CA certificates."""
    return ssl.create_default_context(cafile=str(ca_bundle or certifi.where()))
