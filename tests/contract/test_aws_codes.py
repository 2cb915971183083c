"""Every code of AWS's tables: sent at the wire, read by the real adapter, settled as its reason demands."""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import botocore.session
import pytest

from imagesearch_ingest.adapters.aws import codes
from imagesearch_ingest.adapters.aws.client import aws_client
from imagesearch_ingest.adapters.aws.s3 import S3ObjectStore
from imagesearch_ingest.adapters.aws.secrets_manager import SecretsManagerCredentials
from imagesearch_ingest.adapters.aws.sqs import SqsDeadLetterQueue, SqsEventQueue
from imagesearch_ingest.adapters.image_search.api import ImageSearchApi
from imagesearch_ingest.bootstrap.common import image_search_options
from imagesearch_ingest.image_search import DeleteImageRequest
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.objects import ObjectRef
from imagesearch_ingest.model.reasons import FaultClass, Reason, Result
from imagesearch_ingest.settings import Settings
from tests.contract.expected_codes import AWS_STS, S3, SECRETS_MANAGER, SQS
from tests.support.fakes import FakeImageIndex, VirtualClock, a_letter
from tests.support.settled import DELIVERIES, Settled, check_calls, check_settled
from tests.support.wire import RESET, Answer, Request, Wire, json_error, page, s3_error, sqs_error

REF = ObjectRef("aws", "shop", "a.jpg")
LISTING = Answer(200, b"<ListBucketResult><Name>shop</Name></ListBucketResult>", {"Content-Type": "application/xml"})
OBJECT_HEADERS = {"ETag": '"e"', "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT"}
GONE = {"NoSuchKey"}  # an answer, not an error


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    with Wire() as wire:
        yield wire


@pytest.fixture(scope="module")
def clients(wire: Wire) -> Iterator[Mapping[str, Any]]:
    environ = {
        "AWS_ENDPOINT_URL": wire.url,
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "id",
        "AWS_SECRET_ACCESS_KEY": "secret",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environ.items():
            patch.setenv(name, value)
        yield {service: aws_client(service, environ) for service in ("s3", "sqs", "secretsmanager")}


def answer(code: str, protocol: str) -> Answer:
    """Return a response with a misleading status: the code alone must decide."""
    if code.isdigit():
        return page(int(code))
    if protocol == "s3":
        return s3_error(code, 301 if code == "PermanentRedirect" else 400)
    legacy = protocol == "sqs" and "." in code
    return sqs_error(code) if legacy else json_error(code)


def s3_says(get: Answer, *, head: Answer | None = None, listing: Answer = LISTING) -> Any:
    def script(request: Request) -> Answer:
        # If a bucket is not in its region, botocore asks where it is. Here the response does not say.
        return {"GET": get, "HEAD": head or get, "LIST": listing, "HEAD bucket": Answer(403)}[request.operation]

    return script


def fault(call: Any) -> IngestError:
    with pytest.raises(IngestError) as error:
        call()
    return error.value


# Every code.


@pytest.mark.parametrize("code", S3)
def test_each_s3_code_settles_its_record(wire: Wire, clients, code: str) -> None:
    for delivery in DELIVERIES[S3[code].reason.fault_class]:
        wire.script(s3_says(answer(code, "s3")))
        settled = Settled(store=S3ObjectStore(clients["s3"]))
        handed_back = settled.run(*delivery)
        check_calls(wire.operations().count("GET"), S3[code])
        check_settled(settled, S3[code], code, *delivery, handed_back=handed_back)
        assert not settled.index.adds


@pytest.mark.parametrize("code", S3)
def test_no_s3_code_means_that_an_object_is_gone(wire: Wire, clients, code: str) -> None:
    wire.script(s3_says(answer(code, "s3")))
    store = S3ObjectStore(clients["s3"])
    for call in (lambda: store.fetch(REF, 9), lambda: store.head(REF)):
        assert fault(call).service_code == code


@pytest.mark.parametrize("code", SQS)
def test_each_sqs_code_defers_a_record_without_its_letter(wire: Wire, clients, code: str) -> None:
    wire.script(answer(code, "sqs"))
    queues = {"dead_letters": SqsDeadLetterQueue, "queue": SqsEventQueue}
    settled = Settled(key="bad.jpg", **{name: port(clients["sqs"], f"{wire.url}/1/q") for name, port in queues.items()})
    assert settled.run(receives=8)
    assert settled.reporter.dead_lettered == [False]
    check_calls(wire.operations().count("SendMessage"), SQS[code])
    (hidden,) = [
        json.loads(request.body) for request in wire.requests if request.operation == "ChangeMessageVisibility"
    ]
    assert 1350 <= hidden["VisibilityTimeout"] <= 2250  # half an hour, a quarter more or less
    assert "DeleteMessage" not in wire.operations()


@pytest.mark.parametrize("code", SQS)
def test_each_sqs_code_leaves_a_settled_record_alone(wire: Wire, clients, code: str) -> None:
    wire.script(answer(code, "sqs"))
    queue = SqsEventQueue(clients["sqs"], f"{wire.url}/1/q")
    error = fault(lambda: queue.ack("r"))
    assert (error.reason, error.attempts, error.service_code) == (*SQS[code][:2], code)
    assert not Settled(queue=queue).run(receives=1)


@pytest.mark.parametrize("code", SECRETS_MANAGER)
def test_each_secrets_manager_code_settles_its_record(wire: Wire, clients, code: str) -> None:
    expected = SECRETS_MANAGER[code]
    for delivery in DELIVERIES[expected.reason.fault_class]:
        wire.script(answer(code, "json"))
        settled = Settled(index=ImageSearchApi(image_search_options(SETTINGS), secret(clients)))
        handed_back = settled.run(*delivery)
        check_calls(wire.operations().count("GetSecretValue"), expected)
        check_settled(settled, expected, code, *delivery, handed_back=handed_back)


LETTER = a_letter()
SETTINGS = Settings(
    instance_name="demo", instance_region="ap-southeast-1", queue_url="http://q", dead_letter_queue_url="http://q"
)


def secret(clients: Mapping[str, Any]) -> SecretsManagerCredentials:
    return SecretsManagerCredentials(clients["secretsmanager"], "imagesearch", VirtualClock())


# Completeness.


def shapes(service: str, *operations: str) -> set[str]:
    """Return the errors that botocore's own model lists for these calls."""
    model = botocore.session.get_session().get_service_model(service)
    return {shape.name for operation in operations for shape in model.operation_model(operation).error_shapes}


def test_each_error_of_botocores_models_has_a_row() -> None:
    assert shapes("s3", "GetObject", "HeadObject", "ListObjectsV2") <= codes.S3.keys() | GONE
    sqs_calls = ("SendMessage", "DeleteMessage", "ChangeMessageVisibility", "ReceiveMessage")
    assert shapes("sqs", *sqs_calls) <= codes.SQS.keys()
    assert shapes("secretsmanager", "GetSecretValue") <= codes.SECRETS_MANAGER.keys()
    assert shapes("sts", "GetWebIdentityToken") <= codes.STS.keys()
    kms = {f"KMS.{name}" for name in shapes("kms", "Decrypt", "GenerateDataKey")}
    assert kms <= codes.KMS_OF_AN_OBJECT.keys()


@pytest.mark.parametrize(
    ("table", "expected"),
    [(codes.S3, S3), (codes.SQS, SQS), (codes.SECRETS_MANAGER, SECRETS_MANAGER), (codes.STS, AWS_STS)],
    ids=["S3", "SQS", "Secrets Manager", "STS"],
)
def test_the_tables_hold_the_expected_rows_alone(table: codes.CodeTable, expected: codes.CodeTable) -> None:
    assert dict(table) == expected


def test_an_unknown_code_is_dead_lettered_in_the_end(wire: Wire, clients) -> None:
    wire.script(s3_says(s3_error("BrandNewCode")))
    settled = Settled(store=S3ObjectStore(clients["s3"]))
    assert not settled.run(receives=8, others_succeed=True)
    assert wire.operations() == ["GET", "GET"]
    assert [letter.upstream.code for letter in settled.dead_letters.letters] == ["BrandNewCode"]


# An object is refused, or the whole bucket.


@pytest.mark.parametrize("method", ["fetch", "head"])
@pytest.mark.parametrize(
    ("listing", "reason"),
    [
        (LISTING, Reason.ACCESS_DENIED),
        (s3_error("AccessDenied", 403), Reason.BUCKET_FORBIDDEN),
        (s3_error("NoSuchBucket", 404), Reason.BUCKET_MISSING),
        (s3_error("ExpiredToken"), Reason.CREDENTIALS),
        (s3_error("SlowDown", 503), Reason.THROTTLED),
        (RESET, Reason.NETWORK),
    ],
    ids=lambda value: value.code if isinstance(value, Reason) else "",
)
def test_a_listing_shows_how_far_a_refusal_reaches(wire: Wire, clients, method, listing, reason) -> None:
    wire.script(s3_says(s3_error("AccessDenied", 403), head=Answer(403), listing=listing))
    store = S3ObjectStore(clients["s3"])
    call = {"fetch": lambda: store.fetch(REF, 9), "head": lambda: store.head(REF)}[method]
    assert fault(call).reason is reason


def test_the_listing_is_limited_to_the_key(wire: Wire, clients) -> None:
    wire.script(s3_says(s3_error("AccessDenied", 403)))
    fault(lambda: S3ObjectStore(clients["s3"]).fetch(REF, 9))
    (request,) = [request for request in wire.requests if request.operation == "LIST"]
    assert "prefix=a.jpg" in request.path
    assert "max-keys=1" in request.path


def page_of(*keys: str, name: str = "shop", count: int | None = None, truncated: str | None = "false") -> Answer:
    """Return the page of a listing in the form of the ListObjectsV2 reference."""
    count = len(keys) if count is None else count
    fields = f"<Name>{name}</Name><Prefix>a.jpg</Prefix><KeyCount>{count}</KeyCount><MaxKeys>1</MaxKeys>"
    fields += f"<IsTruncated>{truncated}</IsTruncated>" if truncated else ""
    contents = "".join(f"<Contents><Key>{quote(key)}</Key><Size>1</Size></Contents>" for key in keys)
    body = f"<ListBucketResult><EncodingType>url</EncodingType>{fields}{contents}</ListBucketResult>"
    return Answer(200, body.encode(), {"Content-Type": "application/xml"})


@pytest.mark.parametrize("method", ["fetch", "head"])
@pytest.mark.parametrize("key", ["a.jpg", "red shoes/a+b.jpg", "100%.jpg", "鞋/👟.jpg", "a&b=<c>.jpg", "a\tb.jpg"])
def test_a_refused_object_that_is_not_listed_is_gone(wire: Wire, clients, method: str, key: str) -> None:
    store, ref = S3ObjectStore(clients["s3"]), ObjectRef("aws", "shop", key)
    read = {"fetch": lambda: store.fetch(ref, 9), "head": lambda: store.head(ref)}[method]
    for listing in (page_of(), page_of(f"{key}.bak"), page_of(f"{key}/", truncated="true")):
        wire.script(s3_says(s3_error("AccessDenied", 403), head=Answer(403), listing=listing))
        assert read() is None
    wire.script(s3_says(s3_error("AccessDenied", 403), head=Answer(403), listing=page_of(key)))
    assert fault(read).reason is Reason.ACCESS_DENIED


@pytest.mark.parametrize("key", ["a\x1b[31m.jpg", "a\nb.jpg"])
def test_a_missing_key_that_xml_cannot_name_is_gone(wire: Wire, clients, key: str) -> None:
    """S3 quotes the key in its error, which no parser can read then."""
    body = f"<Error><Code>NoSuchKey</Code><Key>{key.replace(key[1], f'&#{ord(key[1])};')}\x01</Key></Error>"
    unreadable = Answer(404, body.encode(), {"Content-Type": "application/xml"})
    wire.script(s3_says(unreadable, head=Answer(404), listing=page_of()))
    store, ref = S3ObjectStore(clients["s3"]), ObjectRef("aws", "shop", key)
    assert store.fetch(ref, 9) is None
    wire.script(s3_says(unreadable, head=Answer(404), listing=page_of(key)))
    assert fault(lambda: store.head(ref)).reason is Reason.SERVICE_CODE_UNKNOWN


NO_PROOF = {
    "a page": page(200),
    "an empty document": Answer(200, b"<html><body></body></html>", {"Content-Type": "application/xml"}),
    "another bucket": page_of(name="shoq"),
    "no count": LISTING,
    "a count of keys that are missing": page_of(count=1),
    "a truncated page": page_of(truncated="true"),
    "half a page": page_of(truncated=None),
    "other keys": page_of("b.jpg"),
}


@pytest.mark.parametrize("case", NO_PROOF)
def test_a_listing_that_proves_nothing_deletes_nothing(wire: Wire, clients, case: str) -> None:
    wire.script(s3_says(s3_error("AccessDenied", 403), head=Answer(403), listing=NO_PROOF[case]))
    error = fault(lambda: S3ObjectStore(clients["s3"]).fetch(REF, 9))
    assert error.reason.fault_class is FaultClass.TRANSIENT


def test_a_removal_below_a_prefix_reaches_the_index(wire: Wire, clients) -> None:
    """A role that may list only below a prefix may get AccessDenied for a key that is gone."""
    wire.script(s3_says(s3_error("AccessDenied", 403), head=Answer(403), listing=page_of()))
    settled = Settled(store=S3ObjectStore(clients["s3"]))
    assert not settled.run(receives=1)
    assert settled.outcome.result is Result.DELETED


@pytest.mark.parametrize("status", [301, 400, 403, 404, 500, 503])
def test_a_failed_head_is_explained_by_a_get(wire: Wire, clients, status: int) -> None:
    wire.script(s3_says(s3_error("ExpiredToken"), head=Answer(status)))
    assert fault(lambda: S3ObjectStore(clients["s3"]).head(REF)).service_code == "ExpiredToken"
    wire.script(s3_says(s3_error("NoSuchKey", 404), head=Answer(status)))
    assert S3ObjectStore(clients["s3"]).head(REF) is None
    wire.script(s3_says(Answer(200, b"x", OBJECT_HEADERS), head=Answer(status)))
    assert S3ObjectStore(clients["s3"]).head(REF).etag == "e"


def test_a_bucket_in_another_region_is_found_there(wire: Wire, clients) -> None:
    elsewhere = s3_error("PermanentRedirect", 301, **{"x-amz-bucket-region": "eu-west-1"})
    answers = iter([elsewhere, Answer(200, b"x", OBJECT_HEADERS)])
    wire.script(lambda _: next(answers))
    assert S3ObjectStore(clients["s3"]).fetch(REF, 9).data == b"x"


NOT_GONE = {
    "a mistyped or deleted bucket": (s3_error("NoSuchBucket", 404), LISTING),
    "a bucket elsewhere": (s3_error("PermanentRedirect", 301), LISTING),
    "a role without ListBucket": (s3_error("AccessDenied", 403), s3_error("AccessDenied", 403)),
    "a 404 without a code": (Answer(404), LISTING),
    "a 404 page": (page(404), LISTING),
}


@pytest.mark.parametrize("case", NOT_GONE)
@pytest.mark.parametrize("receives", [1, 8, 999])
def test_no_entry_is_deleted_on_a_guess(wire: Wire, clients, case: str, receives: int) -> None:
    get, listing = NOT_GONE[case]
    wire.script(s3_says(get, head=Answer(get.status), listing=listing))
    index = FakeImageIndex()
    index.faults.script("delete", lambda: pytest.fail("deleted"))
    Settled(store=S3ObjectStore(clients["s3"]), index=index).run(receives)


# Broken answers.


@pytest.mark.parametrize(
    ("get", "reason"),
    [
        (RESET, Reason.NETWORK),
        (Answer(200, b"x" * 9, OBJECT_HEADERS, sent=4), Reason.NETWORK),
        (Answer(400, b"<Error><Code>Acc", {"Content-Type": "application/xml"}), Reason.SERVICE_CODE_UNKNOWN),
        (page(502), Reason.SERVICE_UNAVAILABLE),
        (Answer(503), Reason.SERVICE_UNAVAILABLE),
    ],
    ids=["reset", "body cut short", "error cut short", "page", "empty"],
)
def test_a_broken_answer_of_s3_is_transient(wire: Wire, clients, get: Answer, reason: Reason) -> None:
    wire.script(s3_says(get))
    error = fault(lambda: S3ObjectStore(clients["s3"]).fetch(REF, 99))
    assert error.reason is reason
    assert reason.fault_class is FaultClass.TRANSIENT


@pytest.mark.parametrize(
    "reply",
    [RESET, page(502), Answer(503), Answer(200, b'{"MessageId": "', {"Content-Type": "application/x-amz-json-1.0"})],
    ids=["reset", "page", "empty", "cut short"],
)
def test_a_broken_answer_of_the_others_is_transient(wire: Wire, clients, reply) -> None:
    wire.script(reply)
    dead_letters = SqsDeadLetterQueue(clients["sqs"], f"{wire.url}/1/q")
    assert fault(lambda: dead_letters.send(LETTER)).reason.fault_class is FaultClass.TRANSIENT
    assert fault(lambda: secret(clients).get()).reason.fault_class is FaultClass.TRANSIENT


def test_an_unreadable_secret_fails_a_delete(wire: Wire, clients) -> None:
    wire.script(json_error("AccessDeniedException"))
    index = ImageSearchApi(image_search_options(SETTINGS), secret(clients))
    removal = DeleteImageRequest(instance_name="demo", product_id="p", pic_name="p/1.jpg")
    assert fault(lambda: index.delete(removal)).reason is Reason.CREDENTIALS


@pytest.mark.parametrize("code", ["RequestExpired", "InvalidSignatureException", "SignatureDoesNotMatch"])
def test_a_wrong_clock_is_named(wire: Wire, clients, code: str) -> None:
    wire.script(json_error(code))
    for call in (lambda: secret(clients).get(), lambda: SqsEventQueue(clients["sqs"], f"{wire.url}/1/q").ack("r")):
        error = fault(call)
        assert error.reason is Reason.CREDENTIALS
        assert "the clock of this machine" in error.detail
    wire.script(s3_says(s3_error("RequestTimeTooSkewed", 403)))
    assert "the clock of this machine" in fault(lambda: S3ObjectStore(clients["s3"]).head(REF)).detail
