"""What a replay decides, from one HEAD of the object."""

import pytest

from imagesearch_ingest.dead_letters.letter import Source
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.objects import ObjectRef
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.settings import Settings
from imagesearch_ops.dlq.decisions import Decider, Decision
from imagesearch_ops.dlq.letters import read_message
from imagesearch_ops.queues import Message
from tests.operator.dlq.conftest import letter_about
from tests.support.fakes import FakeIsolatedPreparer, FakeObjectStore
from tests.support.pictures import jpeg

SETTINGS = Settings(
    instance_name="demo", instance_region="ap-southeast-1", dead_letter_queue_url="https://sqs.example/1/letters"
)
SAME = {"preparation": SETTINGS.preparation_fingerprint(), "rule": SETTINGS.rule_fingerprint()}


@pytest.fixture
def store() -> FakeObjectStore:
    store = FakeObjectStore()
    store.put("shop", "a.jpg", b"text")
    return store


def etag_of(store: FakeObjectStore) -> str:
    return store.head(ObjectRef("aws", "shop", "a.jpg")).etag


def decide(
    store: FakeObjectStore, *, settings: Settings | None = SETTINGS, etag=None, preparer=None, forced=False, **fields
):
    source = fields.pop("source", Source(cloud="aws", bucket="shop", key="a.jpg", etag=etag or etag_of(store)))
    letter = letter_about("a.jpg", **{"source": source, **SAME, **fields})
    line = read_message(Message("m", "r", letter.to_json()), "letters", "aws")
    return Decider(settings, lambda _: store, is_forced=forced, preparer=preparer).decide(line)


def test_the_same_object_under_the_same_settings_is_unchanged(store) -> None:
    assert decide(store) == Decision("unchanged", "the same object, preparation and rule: it would end the same way")


def test_an_object_that_is_gone_is_sent(store) -> None:
    etag = etag_of(store)
    store.remove("shop", "a.jpg")
    decision = decide(store, etag=etag)
    assert (decision.text, decision.sends) == ("gone", True)


def test_other_bytes_are_sent(store) -> None:
    assert decide(store, etag="0" * 32).why == "the object has other bytes now"


def test_the_form_of_an_etag_does_not_count(store) -> None:
    assert decide(store, etag=f'"{etag_of(store).upper()}"').text == "unchanged"


@pytest.mark.parametrize("fault_class", ["transient", "throttled", "systemic"])
def test_faults_that_may_pass_are_sent(store, fault_class: str) -> None:
    assert decide(store, fault_class=fault_class, code="timeout").text == "sent"


@pytest.mark.parametrize("name", ["preparation", "rule"])
def test_another_fingerprint_is_sent(store, name: str) -> None:
    assert decide(store, **{name: "0123456789ab"}).why == f"the {name} is another one now"
    assert decide(store, settings=None, **{name: "0123456789ab"}).text == "unchanged"
    assert decide(store, **{name: None}).text == "unchanged"


@pytest.mark.parametrize("reason", [Reason.BUCKET_FORBIDDEN, Reason.ACCESS_DENIED, Reason.CREDENTIALS])
def test_a_head_that_fails_leaves_the_letter_unless_forced(store, reason: Reason) -> None:
    etag = etag_of(store)
    store.faults.script("head", *[IngestError(reason, "refused", attempts=1)] * 9)
    decision = decide(store, etag=etag, fault_class="transient", code="timeout")
    assert (decision.text, decision.sends) == (f"cannot: {reason.code}: refused", False)
    assert decide(store, etag=etag, forced=True).sends


def test_an_event_that_is_malformed_is_sent_only_to_another_release(store) -> None:
    letter = {"source": None, "code": "event_malformed", "stage": "event"}
    assert decide(store, pipeline_fingerprint=SETTINGS.fingerprint(), **letter).text == "unchanged"
    assert decide(store, pipeline_fingerprint="0123456789ab", **letter).text == "sent"


def test_trying_sends_what_can_be_prepared_now(store) -> None:
    store.put("shop", "a.jpg", jpeg())
    assert decide(store, preparer=FakeIsolatedPreparer()).why == "tried here: it is prepared without a fault now"


def test_trying_keeps_what_still_fails(store) -> None:
    decision = decide(store, preparer=FakeIsolatedPreparer())
    assert decision.text == "unchanged"
    assert decision.why.startswith("tried here: not_an_image")


def test_trying_concerns_pictures_only(store) -> None:
    store.put("shop", "a.jpg", jpeg())
    assert decide(store, preparer=FakeIsolatedPreparer(), stage="identity", code="key_too_long").text == "unchanged"
