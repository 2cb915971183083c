"""Download a file from a signed URL that expires, and go on where it was cut."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import requests
import urllib3

from imagesearch_ingest.adapters.errors import NO_CONNECTION, NO_RESPONSE
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.settings import Settings
from imagesearch_ops.instance import SLOT_SECONDS
from imagesearch_ops.run_folder import naming

_TRIES = 5  # in a row without a new byte
_CHUNK_BYTES = 1 << 18
_TIMEOUTS = (10, 60)  # seconds, to connect and between two bytes
_WHOLE, _PARTIAL, _RANGE_REFUSED, _SERVER_ERROR = 200, 206, 416, 500
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


@dataclass(slots=True)
class Download:
    """A file on its way to ``file``. ``ask`` returns a new URL. ``tell`` is called with the bytes so far."""

    settings: Settings
    ask: Callable[[], str]
    file: IO[bytes]
    path: Path
    tell: Callable[[int], None]
    action: str = "downloading the dump"
    _done: int = 0
    _total: int | None = None
    _etag: str | None = None

    def run(self, url: str) -> int:
        """Return the number of bytes. Raise ``IngestError``, and ``OSError`` that names ``path``."""
        failures = 0
        while True:
            before = self._done
            fault = self._read(url)
            if fault is None:
                return self._done
            failures = 0 if self._done > before else failures + 1
            if failures >= _TRIES or fault.is_systemic:
                raise fault
            time.sleep(SLOT_SECONDS)
            url = self.ask()

    def _read(self, url: str) -> IngestError | None:
        """Read until the end, and return what came in between."""
        host = urlsplit(url).hostname or "an unknown host"
        try:
            with self._open(url) as response:
                if response.status_code == _RANGE_REFUSED:
                    self._restart()
                if response.status_code not in (_WHOLE, _PARTIAL):
                    return self._describe(response, host)
                self._place(response)
                while chunk := response.raw.read(_CHUNK_BYTES, decode_content=False):
                    with naming(self.path):
                        self.file.write(chunk)
                    self._done += len(chunk)
                    self.tell(self._done)
        except requests.exceptions.SSLError:
            return IngestError(
                Reason.SETTINGS_REFUSED,
                f"{self.action} failed: no trusted TLS connection to {host}. Check INGEST_CA_BUNDLE",
            )
        except (requests.Timeout, urllib3.exceptions.TimeoutError):
            return NO_RESPONSE.error(f"{self.action} from {host}")
        except (requests.RequestException, urllib3.exceptions.HTTPError):
            return NO_CONNECTION.error(f"{self.action} from {host}")
        is_whole = self._total is None or self._done >= self._total
        return None if is_whole else NO_CONNECTION.error(f"{self.action} from {host}")

    def _open(self, url: str) -> requests.Response:
        """Send the request, over TLS whatever the URL says: the signature does not contain the scheme."""
        session = requests.Session()
        session.trust_env = False  # a .netrc would add a second signature
        address = re.sub("^http:", "https:", url, flags=re.IGNORECASE)
        proxy = self.settings.https_proxy
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={self._done}-"} if self._done else {})
        return session.get(
            address,
            headers=headers,
            proxies={"https": proxy} if proxy else requests.utils.get_environ_proxies(address),
            verify=str(self.settings.ca_bundle) if self.settings.ca_bundle else True,
            timeout=_TIMEOUTS,
            stream=True,
            allow_redirects=False,
        )

    def _place(self, response: requests.Response) -> None:
        """Find where the bytes belong: behind those that came, or at the beginning if the file is another one."""
        found = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        etag = response.headers.get("ETag")
        if response.status_code == _PARTIAL and found:
            if int(found[1]) != self._done or etag != self._etag:
                self._restart()
                raise requests.ConnectionError
            self._total = None if found[2] == "*" else int(found[2])
            return
        self._restart()
        length = response.headers.get("Content-Length", "")
        self._total, self._etag = int(length) if length.isdecimal() else None, etag

    def _restart(self) -> None:
        with naming(self.path):
            self.file.seek(0)
            self.file.truncate()
        self._done, self._total, self._etag = 0, None, None

    def _describe(self, response: requests.Response, host: str) -> IngestError:
        """Return the fault of a refusal. Nobody but the service can have signed the URL wrongly."""
        code = re.search(rb"<Code>(\w{1,64})</Code>", response.raw.read(_CHUNK_BYTES, decode_content=False) or b"")
        name = f" ({code[1].decode()})" if code else ""
        what = "failed" if response.status_code >= _SERVER_ERROR else "refused the URL, which may have expired"
        return IngestError(
            Reason.SERVICE_UNAVAILABLE, f"{self.action} failed: {host} {what}: status {response.status_code}{name}"
        )
