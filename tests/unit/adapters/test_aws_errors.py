"""Connections that end too early, at every byte."""

from collections.abc import Iterator

import pytest

from imagesearch_ingest.adapters.aws_client import aws_client
from imagesearch_ingest.adapters.s3 import S3ObjectStore
from imagesearch_ingest.errors import IngestError
from imagesearch_ingest.objects import ObjectRef, ObjectState, SourceImage
from imagesearch_ingest.reasons import Reason
from tests.cut_short import BODY, GONE, HEAD, LENGTH, CutShort, cut_short

REF = ObjectRef("aws", "pictures", "a.jpg")
WHOLE = ObjectState("abcdef", None, "2026-11-22T23:00:00+00:00", len(BODY))


@pytest.fixture
def endpoint() -> Iterator[CutShort]:
    with cut_short() as endpoint:
        yield endpoint


@pytest.fixture
def store(endpoint: CutShort, monkeypatch: pytest.MonkeyPatch) -> S3ObjectStore:
    for name, value in {"ENDPOINT_URL": endpoint.url, "ACCESS_KEY_ID": "a", "SECRET_ACCESS_KEY": "b"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    return S3ObjectStore(aws_client("s3", {"AWS_REGION": "us-east-1"}, read_timeout=0.1))


@pytest.mark.filterwarnings("ignore::dateutil.parser.UnknownTimezoneWarning")  # of half a time
def test_an_object_that_breaks_off_is_a_fault_of_the_network_wherever_it_does(
    store: S3ObjectStore, endpoint: CutShort
) -> None:
    for endpoint.sent in range(LENGTH):
        with pytest.raises(IngestError) as error:
            store.fetch(REF, 1000)
        assert error.value.reason in {Reason.NETWORK, Reason.SERVICE_UNAVAILABLE, Reason.TIMEOUT}, endpoint.sent
    endpoint.sent = LENGTH
    assert store.fetch(REF, 1000) == SourceImage(BODY.encode(), WHOLE)


@pytest.mark.filterwarnings("ignore::dateutil.parser.UnknownTimezoneWarning")  # of half a time
def test_a_look_that_breaks_off_is_a_fault_of_the_network_too(store: S3ObjectStore, endpoint: CutShort) -> None:
    """Within the length it cannot be known that there was more: then the object looks like another one."""
    for endpoint.sent in range(HEAD.index("12\r\n") + 1):
        with pytest.raises(IngestError) as error:
            store.look(REF)
        assert error.value.reason in {Reason.NETWORK, Reason.SERVICE_UNAVAILABLE, Reason.TIMEOUT}, endpoint.sent
    endpoint.sent = LENGTH
    assert store.look(REF) == WHOLE


@pytest.mark.parametrize(("ending", "reason"), [("reset", Reason.NETWORK), ("silence", Reason.TIMEOUT)])
@pytest.mark.parametrize("answer", [GONE, HEAD + BODY], ids=["gone", "there"])
def test_an_answer_whose_body_does_not_end_is_no_answer(
    store: S3ObjectStore, endpoint: CutShort, ending: str, reason: Reason, answer: str
) -> None:
    """Least of all to the question whether an object is gone."""
    endpoint.answer, endpoint.ending = answer, ending
    for endpoint.sent in range(answer.index("\r\n\r\n") + 4, len(answer), 5):
        with pytest.raises(IngestError) as error:
            store.fetch(REF, 1000)
        assert error.value.reason is reason, endpoint.sent
    endpoint.sent, endpoint.ending = len(answer), "closed"
    found = store.fetch(REF, 1000)
    assert (found is None) == (answer is GONE)
