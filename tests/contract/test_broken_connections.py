"""Connections to the bucket that end too early, at every byte. An early end proves nothing about an object."""

import gc
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from imagesearch_ingest.adapters.alibaba.oss import OssObjectStore
from imagesearch_ingest.adapters.alibaba.oss_client import oss_client
from imagesearch_ingest.adapters.aws.client import aws_client
from imagesearch_ingest.adapters.aws.s3 import S3ObjectStore
from imagesearch_ingest.credentials import EnvironmentCredentials
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.objects import ObjectRef, ObjectState, SourceImage
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.reconcile.ports import ObjectStore
from tests.support.cut_short import BODY, GONE, HEAD, LENGTH, CutShort, cut_short

BROKEN_OFF = {Reason.NETWORK, Reason.SERVICE_UNAVAILABLE}
LONG, SHORT = 10.0, 0.1  # read timeouts in seconds; the short one for tests of silence
Subject = tuple[ObjectStore, ObjectRef, ObjectState]


def s3(url: str, patience: float, monkeypatch: pytest.MonkeyPatch) -> ObjectStore:
    for name, value in {"ENDPOINT_URL": url, "ACCESS_KEY_ID": "a", "SECRET_ACCESS_KEY": "b"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    return S3ObjectStore(aws_client("s3", {"AWS_REGION": "us-east-1"}, read_timeout=patience))


def oss(url: str, patience: float, _: pytest.MonkeyPatch) -> ObjectStore:
    key = EnvironmentCredentials({"ALIBABA_CLOUD_ACCESS_KEY_ID": "a", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "b"})
    return OssObjectStore(oss_client(key, region="cn-shanghai", endpoint=url, read_timeout=patience))


@pytest.fixture
def endpoint() -> Iterator[CutShort]:
    with cut_short() as endpoint:
        yield endpoint


@pytest.fixture
def patience() -> float:
    return LONG


@pytest.fixture(params=[s3, oss], ids=lambda make: make.__name__)
def subject(
    request: pytest.FixtureRequest, endpoint: CutShort, patience: float, monkeypatch: pytest.MonkeyPatch
) -> Subject:
    """Return a store, the object that the endpoint serves, and the state that the store must report."""
    make: Callable[[str, float, pytest.MonkeyPatch], ObjectStore] = request.param
    state, on_aws = ObjectState("abcdef", None, "2026-11-22T23:00:00+00:00", len(BODY)), make is s3
    ref = ObjectRef("aws" if on_aws else "alibaba", "pictures", "a.jpg")
    return make(endpoint.url, patience, monkeypatch), ref, state if on_aws else replace(state, etag=state.etag.upper())


@pytest.mark.filterwarnings("ignore::dateutil.parser.UnknownTimezoneWarning")  # for half a date
def test_a_truncated_object_is_a_network_fault(subject: Subject, endpoint: CutShort) -> None:
    store, ref, whole = subject
    for endpoint.sent in range(LENGTH):
        with pytest.raises(IngestError) as error:
            store.fetch(ref, 1000)
        assert error.value.reason in BROKEN_OFF, endpoint.sent
    endpoint.sent = LENGTH
    assert store.fetch(ref, 1000) == SourceImage(BODY.encode(), whole)


@pytest.mark.parametrize("cut", ["22 Nov", "12\r\n"])
def test_an_unparsable_header_leaves_no_connection_open(subject: Subject, endpoint: CutShort, cut: str) -> None:
    """The connection is closed at once, without the garbage collector."""
    store, ref, _ = subject
    endpoint.sent = HEAD.index(cut)
    gc.disable()
    try:
        open_files = []
        for _ in range(3):
            with pytest.raises(IngestError):
                store.fetch(ref, 1000)
            open_files.append(len(list(Path("/proc/self/fd").iterdir())))
    finally:
        gc.enable()
    assert open_files == [open_files[0]] * 3


@pytest.mark.filterwarnings("ignore::dateutil.parser.UnknownTimezoneWarning")  # for half a date
def test_a_truncated_head_is_a_network_fault(subject: Subject, endpoint: CutShort) -> None:
    """A cut within the digits of the length cannot be noticed: the object only looks shorter."""
    store, ref, whole = subject
    for endpoint.sent in range(HEAD.index("12\r\n") + 1):
        with pytest.raises(IngestError) as error:
            store.head(ref)
        assert error.value.reason in BROKEN_OFF, endpoint.sent
    endpoint.sent = LENGTH
    assert store.head(ref) == whole


@pytest.mark.parametrize(
    ("ending", "patience", "reason"), [("reset", LONG, Reason.NETWORK), ("silence", SHORT, Reason.TIMEOUT)]
)
@pytest.mark.parametrize("answer", [GONE, HEAD + BODY], ids=["gone", "there"])
def test_an_answer_without_its_end_does_not_count(
    subject: Subject, endpoint: CutShort, ending: str, reason: Reason, answer: str
) -> None:
    """Above all, it does not prove that an object is gone."""
    store, ref, _ = subject
    endpoint.answer, endpoint.ending = answer, ending
    for endpoint.sent in range(answer.index("\r\n\r\n") + 4, len(answer), 5):
        with pytest.raises(IngestError) as error:
            store.fetch(ref, 1000)
        assert error.value.reason is reason, endpoint.sent
    endpoint.sent, endpoint.ending = len(answer), "closed"
    assert (store.fetch(ref, 1000) is None) == (answer is GONE)
