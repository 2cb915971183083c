from imagesearch_ingest.credentials import Credentials, LearnedCredentials
from imagesearch_ingest.dead_letters import DeadLetter, dead_letter
from imagesearch_ingest.dead_letters.compose import MAX_ORIGINAL_BYTES
from imagesearch_ingest.dead_letters.queue import RedactedDeadLetters
from imagesearch_ingest.events import EventRecord
from imagesearch_ingest.model.images import ImageIdentity
from imagesearch_ingest.model.objects import ObjectRef
from imagesearch_ingest.model.outcomes import Outcome
from imagesearch_ingest.model.reasons import Reason, Result
from imagesearch_ingest.redaction import Redactor
from tests.support.fakes import ORIGIN, FakeDeadLetterQueue, FixedCredentials

KEY = "shoes/what?=front&b=c.jpg"


def letter(*, key: str = KEY, detail: str = "", body: str = "{}", code: str | None = None) -> DeadLetter:
    ref, identity = ObjectRef("aws", "shop", key), ImageIdentity("shoes", key)
    outcome = Outcome(Result.REJECTED, ref, Reason.SERVICE_REJECTED, detail, identity=identity, service_code=code)
    record = EventRecord("m", "r", 1, body, ())
    return dead_letter(outcome, record, origin=ORIGIN, request_id="request-1", failed_at="2026-01-01T00:00:00Z")


def sent(given: DeadLetter, redactor: Redactor) -> DeadLetter:
    queue = FakeDeadLetterQueue()
    RedactedDeadLetters(queue, redactor).send(given)
    return queue.letters[0]


def test_letter_without_secrets_is_unchanged() -> None:
    given = letter(detail="the picture has 60x40 pixels", body='{"key": "a%3Fb.jpg"}')
    assert sent(given, Redactor("another-secret")) == given
    assert given.source.key == given.target.pic_name == KEY


def test_known_secret_is_redacted_everywhere() -> None:
    known = "k9Xc5tR2pQ"
    given = letter(key=f"shoes/{known}.jpg", detail=f"for {known}", body=f'["{known}"]', code=f"No{known}")
    assert known in given.to_json()
    assert known not in sent(given, Redactor(known)).to_json()


def test_redaction_keeps_the_record_id() -> None:
    """The ID is made from the key itself, so two redacted keys keep different IDs."""
    one, other = (letter(key=f"k?X-Amz-Signature={digit * 64}") for digit in "ab")
    assert one.source.key == other.source.key == "k?X-Amz-Signature=***"
    assert one.record_id != other.record_id


def test_secret_at_the_cut_leaves_no_half() -> None:
    for shift in range(0, 40, 6):
        body = "x" * (MAX_ORIGINAL_BYTES - shift) + " AKIAIOSFODNN7EXAMPLE " + "y" * 100
        assert "AKIA" not in letter(body=body).original_event


def test_key_is_learnt_before_it_is_returned() -> None:
    redactor = Redactor()
    old, new = Credentials("old-key-id", "old-secret", None), Credentials("new-key-id", "new-secret", "new-token")
    source = LearnedCredentials(FixedCredentials(old, renewed=new), redactor)
    assert source.get() == old
    assert source.get(fresh=True) == new
    text = "old-key-id old-secret new-key-id new-secret new-token"
    assert redactor.prose(text) == "*** *** *** *** ***"
    assert "secret" not in repr(source).replace("secrets", "")
