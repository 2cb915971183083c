"""A download goes on where it was cut, and never mixes two files."""

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
import urllib3

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ops.index import download
from imagesearch_ops.index.download import Download
from tests.support.builders import a_settings

CONTENT = bytes(range(256)) * 10


@dataclass
class Bucket:
    """A bucket of OSS with one file. A URL is ``https://bucket.example/?sign=NUMBER``; one that was used ``lives``
    times has expired. ``cuts`` are the bytes after which a connection breaks, or just ends, one for each connection.
    """

    content: bytes = CONTENT
    etag: str = '"one"'
    lives: int = 1000
    cuts: list[int] = field(default_factory=list)
    breaks: bool = True
    knows_ranges: bool = True
    ranges: list[str | None] = field(default_factory=list)
    used: dict[str, int] = field(default_factory=dict)
    faults: list[Exception | int] = field(default_factory=list)
    on_request: Callable[["Bucket"], None] = lambda _: None

    def get(self, url: str, **options: Any) -> Any:
        assert url.startswith("https://bucket.example/")
        assert (options["stream"], options["allow_redirects"]) == (True, False)
        asked = options["headers"].get("Range")
        self.ranges.append(asked)
        self.on_request(self)
        if self.faults:
            fault = self.faults.pop(0)
            if isinstance(fault, Exception):
                raise fault
            return self._answer(fault, b"<Error><Code>SomeCode</Code></Error>", {})
        self.used[url] = self.used.get(url, 0) + 1
        if self.used[url] > self.lives:
            return self._answer(403, b"<Error><Code>AccessDenied</Code></Error>", {})
        if asked is None or not self.knows_ranges:
            return self._answer(200, self.content, {"ETag": self.etag, "Content-Length": str(len(self.content))})
        start = int(asked.removeprefix("bytes=").removesuffix("-"))
        if start >= len(self.content):
            return self._answer(416, b"", {})
        place = f"bytes {start}-{len(self.content) - 1}/{len(self.content)}"
        return self._answer(206, self.content[start:], {"ETag": self.etag, "Content-Range": place})

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> Any:
        response = requests.Response()
        response.status_code = status
        response.headers.update(headers)
        cut = self.cuts.pop(0) if self.cuts and status < 300 else None
        response.raw = _Body(body, cut, breaks=self.breaks)
        return response


class _Body(io.BytesIO):
    """Bring 100 bytes at a time, and break after ``cut`` bytes."""

    def __init__(self, content: bytes, cut: int | None, *, breaks: bool) -> None:
        super().__init__(content if cut is None else content[:cut])
        self._is_cut = cut is not None and breaks

    def read(self, size: int = -1, **_: object) -> bytes:
        data = super().read(min(size, 100))
        if not data and self._is_cut:
            raise urllib3.exceptions.IncompleteRead(0, 1)
        return data

    def release_conn(self) -> None:
        pass


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "SLOT_SECONDS", 0)


@pytest.fixture
def fetch(monkeypatch: pytest.MonkeyPatch) -> Callable[[Bucket], bytes]:
    def fetch(bucket: Bucket) -> bytes:
        monkeypatch.setattr(requests.Session, "get", lambda _, url, **options: bucket.get(url, **options))
        urls, file = iter(range(1, 1000)), io.BytesIO()
        settings: Any = SimpleNamespace(https_proxy=None, ca_bundle=None)
        job = Download(
            settings, lambda: f"https://bucket.example/?sign={next(urls)}", file, Path("x.raw"), lambda _: None
        )
        assert job.run("http://bucket.example/?sign=0") == len(file.getvalue())
        return file.getvalue()

    return fetch


def test_a_file_is_read_over_tls_whatever_the_url_says(fetch) -> None:
    bucket = Bucket()
    assert fetch(bucket) == CONTENT
    assert bucket.ranges == [None]


def test_a_download_goes_on_where_it_was_cut(fetch) -> None:
    bucket = Bucket(cuts=[100, 1000, 7])
    assert fetch(bucket) == CONTENT
    assert bucket.ranges == [None, "bytes=100-", "bytes=1100-", "bytes=1107-"]


def test_a_url_that_expires_while_it_is_read_is_asked_for_again(fetch) -> None:
    bucket = Bucket(cuts=[500, 500, 500], lives=1)
    assert fetch(bucket) == CONTENT
    assert bucket.ranges == [None, "bytes=500-", "bytes=1000-", "bytes=1500-"]
    assert len(bucket.used) == 4


def test_a_bucket_without_ranges_sends_all_again(fetch) -> None:
    bucket = Bucket(cuts=[500, 900], knows_ranges=False)
    assert fetch(bucket) == CONTENT


def test_a_file_that_changes_meanwhile_is_read_anew(fetch) -> None:
    def change(bucket: Bucket) -> None:
        if len(bucket.ranges) == 2:
            bucket.content, bucket.etag = b"new" * 1000, '"two"'

    assert fetch(Bucket(cuts=[500], on_request=change)) == b"new" * 1000


def test_a_file_that_became_shorter_is_read_anew(fetch) -> None:
    def change(bucket: Bucket) -> None:
        if len(bucket.ranges) == 2:
            bucket.content, bucket.etag = b"new", '"two"'

    assert fetch(Bucket(cuts=[500], on_request=change)) == b"new"


def test_a_connection_that_ends_early_without_an_error_is_noticed(fetch) -> None:
    bucket = Bucket(cuts=[300], breaks=False)
    assert fetch(bucket) == CONTENT
    assert bucket.ranges == [None, "bytes=300-"]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (403, Reason.SERVICE_UNAVAILABLE),
        (404, Reason.SERVICE_UNAVAILABLE),
        (301, Reason.SERVICE_UNAVAILABLE),
        (503, Reason.SERVICE_UNAVAILABLE),
        (requests.ConnectionError(), Reason.NETWORK),
        (requests.ReadTimeout(), Reason.TIMEOUT),
    ],
)
def test_five_faults_in_a_row_end_it(fetch, fault, reason) -> None:
    bucket = Bucket(faults=[fault] * 4)
    assert fetch(bucket) == CONTENT
    bucket = Bucket(faults=[fault] * 100)
    with pytest.raises(IngestError) as error:
        fetch(bucket)
    assert error.value.reason is reason
    assert len(bucket.ranges) == 5
    assert "bucket.example" in error.value.detail
    assert "sign=" not in error.value.detail


def test_a_certificate_that_is_not_trusted_ends_it_at_once(fetch) -> None:
    bucket = Bucket(faults=[requests.exceptions.SSLError()])
    with pytest.raises(IngestError, match="Check INGEST_CA_BUNDLE") as error:
        fetch(bucket)
    assert error.value.is_systemic
    assert len(bucket.ranges) == 1


def test_settings_decide_how_the_bucket_is_reached(monkeypatch, tmp_path) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.write_text("")
    seen: dict[str, Any] = {}
    monkeypatch.setattr(
        requests.Session, "get", lambda _, url, **options: seen.update(options) or Bucket().get(url, **options)
    )
    settings = a_settings(https_proxy="http://proxy.example:3128", ca_bundle=bundle)
    Download(settings, str, io.BytesIO(), Path("x.raw"), lambda _: None).run("https://bucket.example/?sign=0")
    assert (seen["proxies"], seen["verify"]) == ({"https": "http://proxy.example:3128"}, str(bundle))
