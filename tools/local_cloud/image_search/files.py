"""Keep the files of tasks in a bucket, and serve them by signed URLs (OSS, "Include signatures in URLs").

A URL is signed anew whenever it is asked for, and is valid from then on. Files are kept until the service is reset.
"""

import base64
import hashlib
import hmac
import secrets
import threading
from collections.abc import Callable
from urllib.parse import quote, urlencode

from local_cloud.image_search.errors import DownloadError
from local_cloud.image_search.hosts import FILES_BUCKET, files_bucket_host
from local_cloud.server.wire import Request, Response


class Files:
    def __init__(self, region: str, clock: Callable[[], float]) -> None:
        self._host = files_bucket_host(region)
        self._clock = clock
        self._access_key_id = f"LOCALFILES{secrets.token_hex(6).upper()}"
        self._secret = secrets.token_bytes(32)
        self._objects: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def put(self, name: str, data: bytes) -> str:
        """Store a file and return its key, which nobody can guess."""
        key = f"{secrets.token_hex(8)}/{name}"
        with self._lock:
            self._objects[key] = data
        return key

    def sign(self, key: str, seconds: float) -> str:
        """Return a URL that is valid for ``seconds``, rounded down to a second of the clock."""
        expires = str(int(self._clock() + seconds))
        query = {
            "Expires": expires,
            "OSSAccessKeyId": self._access_key_id,
            "Signature": self._signature("GET", expires, f"/{key}"),
        }
        return f"https://{self._host}/{quote(key)}?{urlencode(query)}"

    def get(self, request: Request) -> Response:
        """Return the file. Raise ``DownloadError`` unless the URL was signed here and is still valid."""
        if request.method not in ("GET", "HEAD"):
            raise DownloadError("MethodNotAllowed")
        query = dict(request.query)
        if not {"Expires", "OSSAccessKeyId", "Signature"} <= query.keys():
            raise DownloadError("AccessDenied", "The URL is not signed.")
        if query["OSSAccessKeyId"] != self._access_key_id:
            raise DownloadError("InvalidAccessKeyId")
        signature = self._signature(request.method, query["Expires"], request.path)
        if not hmac.compare_digest(signature.encode(), query["Signature"].encode()):
            raise DownloadError("SignatureDoesNotMatch")
        if self._clock() >= int(query["Expires"]):
            raise DownloadError("AccessDenied", "Request has expired.")
        with self._lock:
            data = self._objects.get(request.path.removeprefix("/"))
        if data is None:
            raise DownloadError("NoSuchKey")
        return Response(200, "application/octet-stream", data)

    def clear(self) -> None:
        with self._lock:
            self._objects.clear()

    def _signature(self, method: str, expires: str, path: str) -> str:
        text = f"{method}\n\n\n{expires}\n/{FILES_BUCKET}{path}"
        return base64.b64encode(hmac.new(self._secret, text.encode(), hashlib.sha1).digest()).decode()
