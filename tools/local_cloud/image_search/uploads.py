"""Keep the uploads that AddImage and SearchImageByPic fetch by their URL.

The lifetime of real uploads is not known. Here the oldest are dropped when newer ones need the room. So a repeated
AddImage finds its picture, and a long run does not fill the memory.
"""

import threading
import uuid

from local_cloud.image_search.errors import ApiError
from local_cloud.image_search.hosts import UPLOAD_HOST

ROOM_BYTES = 256 * 1024 * 1024
_SCHEME = "http://"


def upload_url(key: str, host: str = UPLOAD_HOST) -> str:
    """Return the URL by which the SDK names an upload in PicContent."""
    return f"{_SCHEME}{host}/{key}"


class Uploads:
    def __init__(self, room_bytes: int = ROOM_BYTES) -> None:
        self._room_bytes = room_bytes
        self._used_bytes = 0
        self._hosts = {UPLOAD_HOST}
        self._objects: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def new_key(self, host: str) -> str:
        """Return a key for an upload to ``host``, where ``fetch`` finds it."""
        with self._lock:
            self._hosts.add(host)
        return f"imagesearch/{uuid.uuid4()}"

    def put(self, key: str, data: bytes) -> None:
        with self._lock:
            self._drop(key)
            self._objects[key] = data
            self._used_bytes += len(data)
            while self._used_bytes > self._room_bytes and len(self._objects) > 1:
                self._drop(next(iter(self._objects)))

    def fetch(self, url: str) -> bytes:
        """Return the upload. Raise ``ApiError`` as the service's download does (AddImage reference, "Error codes")."""
        host, _, key = url.removeprefix(_SCHEME).partition("/")
        if not url.startswith(_SCHEME) or host not in self._hosts:
            raise ApiError("InvalidPicUrl", f"Only URLs that begin with {upload_url('')} are fetched here.")
        with self._lock:
            data = self._objects.get(key)
        if data is None:
            raise ApiError("PictureError")
        return data

    def clear(self) -> None:
        with self._lock:
            self._objects.clear()
            self._used_bytes = 0

    def _drop(self, key: str) -> None:
        self._used_bytes -= len(self._objects.pop(key, b""))
