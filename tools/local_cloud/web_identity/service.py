"""Publish the configuration and the keys of the account's issuer over TLS."""

from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from local_cloud.server.certificates import Authority
from local_cloud.server.jwt import describe_key
from local_cloud.server.listener import Listener
from local_cloud.server.service import LocalService
from local_cloud.server.tls import TlsListener
from local_cloud.server.wire import Client, Request, Response, json_response
from local_cloud.web_identity.models import Federation

CONFIGURATION, KEYS = "/.well-known/openid-configuration", "/.well-known/jwks.json"


class Issuer(LocalService):
    """The issuer of one account. It has a certificate authority of its own, as on the internet.

    With ``is_down``, it answers nothing but status 503.
    """

    def __init__(self, federation: Federation) -> None:
        super().__init__("local-issuer", state_dir=None, port=0)
        self.is_down = False
        self._federation = federation
        self._folders: list[TemporaryDirectory[str]] = []

    @property
    def host(self) -> str:
        return urlsplit(self._federation.issuer).hostname or ""

    @property
    def port(self) -> int:
        return int(self._require_running()[0].server_address[1])

    def change_authority(self) -> Path:
        """Take certificates from another authority from now on. Return its certificate's file."""
        folder = TemporaryDirectory(prefix="local-issuer-")
        self._folders.append(folder)
        listener, authority = self._require_running()[0], Authority(Path(folder.name))
        listener.authority = authority
        self._running = listener, authority
        return authority.path

    def close(self) -> None:
        super().close()
        for folder in self._folders:
            folder.cleanup()
        self._folders.clear()

    def _listen(self, authority: Authority) -> Listener:
        return TlsListener(self._name, self._respond, authority, self._port)

    def _respond(self, request: Request, _client: Client) -> Response:
        issuer = self._federation.issuer
        if self.is_down:
            return Response(503)
        if request.path == CONFIGURATION:
            return json_response(
                200,
                {
                    "issuer": issuer,
                    "jwks_uri": f"{issuer}{KEYS}",
                    "response_types_supported": ["id_token"],
                    "subject_types_supported": ["public"],
                    "id_token_signing_alg_values_supported": ["RS256", "ES384"],
                },
            )
        if request.path == KEYS:
            return json_response(200, {"keys": [describe_key(key) for key in self._federation.keys.values()]})
        return Response(404)
