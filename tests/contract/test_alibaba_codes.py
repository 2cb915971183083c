"""Every code of OSS's table: sent at the wire, read by the real adapter, settled as its reason demands."""

import itertools
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from imagesearch_ingest.adapters.alibaba import oss_codes
from imagesearch_ingest.adapters.alibaba.oss import OssObjectStore
from imagesearch_ingest.adapters.alibaba.oss_client import oss_client
from imagesearch_ingest.credentials import Credentials
from imagesearch_ingest.image_search.codes import SERVICE_CODES
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.objects import ObjectRef
from imagesearch_ingest.model.reasons import FaultClass, Reason
from tests.contract.expected_codes import OSS
from tests.support.fakes import FakeImageIndex, FixedCredentials
from tests.support.settled import DELIVERIES, Settled, check_calls, check_settled
from tests.support.wire import REQUEST_ID, RESET, Answer, Request, Wire, oss_error, page

REF = ObjectRef("alibaba", "shop", "a.jpg")
LISTING = Answer(200, b"<ListBucketResult><Name>shop</Name></ListBucketResult>", {"Content-Type": "application/xml"})
OBJECT_HEADERS = {"ETag": '"e"', "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT"}
LINK_HEADERS = OBJECT_HEADERS | {"x-oss-object-type": "Symlink"}
ELSEWHERE, OTHER_SIGNING_REGION = "AccessDenied/0003-00001403", "InvalidArgument/0002-00000226"
# GetObject, HeadObject and GetSymlink references, error codes; HTTP 403 and 503 pages.
DOCUMENTED = """
    SymlinkTargetNotExist InvalidTargetType InvalidObjectState NotSymlink NoSuchBucket InvalidBucketName
    InvalidObjectName AccessDenied PermanentRedirect SecondLevelDomainForbidden NonStandardHostForbidden
    KmsUbsmsInvalidBid KmsInDebt KmsInDebtOverdue KmsServiceNotEnabled KeyNotFound AliasNotFound BucketNotBelongTo
    InvalidAccessKeyId SignatureDoesNotMatch TransferAccelerationDisabled InvalidSecurityToken
    AccessKeyIdAndSecurityTokenNotMatch SecurityTokenExpired AbnormalBucketOwnerStatus SecurityTokenNotSupported
    RequestTimeTooSkewed UserDisable BucketDisable CnameDenied InDebt InDebtOverdue UbsmsInvalidBid InternalError
    DownloadTrafficRateLimitExceeded MetaOperationQpsLimitExceeded ServiceUnavailable TotalQpsLimitExceeded
    ActiveRequestLimitExceeded CpuLimitExceeded QpsLimitExceeded
"""


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    with Wire() as wire:
        yield wire


@pytest.fixture(scope="module")
def store(wire: Wire) -> OssObjectStore:
    key = FixedCredentials(Credentials("id", "secret", None))
    return OssObjectStore(oss_client(key, region="cn-shanghai", endpoint=wire.url))


def answer(row: str, *, head: bool = False) -> Answer:
    """Return a response with a misleading status: the code alone must decide."""
    return page(int(row)) if row.isdigit() else oss_error(row, 404, head=head)


def oss_says(get: Answer, *, head: Answer | None = None, listing: Answer = LISTING, link: Answer = RESET):
    def script(request: Request) -> Answer:
        return {"GET": get, "HEAD": head or get, "LIST": listing, "SYMLINK": link}[request.operation]

    return script


def fault(call) -> IngestError:
    with pytest.raises(IngestError) as error:
        call()
    return error.value


# Every code.


@pytest.mark.parametrize("row", OSS)
def test_each_code_settles_its_record(wire: Wire, store: OssObjectStore, row: str) -> None:
    for delivery in DELIVERIES[OSS[row].reason.fault_class]:
        wire.script(oss_says(answer(row)))
        settled = Settled(store=store)
        handed_back = settled.run(*delivery)
        check_calls(wire.operations().count("GET"), OSS[row])
        check_settled(settled, OSS[row], row.partition("/")[0], *delivery, handed_back=handed_back)
        assert not settled.index.adds


@pytest.mark.parametrize("row", OSS)
def test_no_code_means_that_an_object_is_gone(wire: Wire, store: OssObjectStore, row: str) -> None:
    wire.script(oss_says(answer(row), head=answer(row, head=True)))
    for call in (lambda: store.fetch(REF, 9), lambda: store.head(REF)):
        error = fault(call)
        assert (error.reason, error.attempts, error.service_code) == (*OSS[row][:2], row.partition("/")[0])
        assert error.service_request_id == (None if row.isdigit() else REQUEST_ID)


def test_each_documented_code_has_a_row() -> None:
    assert set(DOCUMENTED.split()) <= oss_codes.OSS.keys()


def test_the_table_holds_the_expected_rows_alone() -> None:
    assert dict(oss_codes.OSS) == OSS


def test_an_expired_token_has_two_codes() -> None:
    assert {"SecurityTokenExpired", "InvalidSecurityToken.Expired"} == oss_codes.EXPIRED_TOKEN_CODES
    assert OSS["SecurityTokenExpired"].reason is Reason.CREDENTIALS
    assert SERVICE_CODES["InvalidSecurityToken.Expired"].reason is Reason.CREDENTIALS


def test_an_unknown_code_is_dead_lettered_in_the_end(wire: Wire, store) -> None:
    wire.script(oss_says(oss_error("BrandNewCode")))
    settled = Settled(store=store)
    assert not settled.run(receives=8, others_succeed=True)
    assert wire.operations() == ["GET", "GET"]
    assert [letter.upstream.code for letter in settled.dead_letters.letters] == ["BrandNewCode"]


def test_an_unknown_ec_leaves_the_code_to_decide(wire: Wire, store) -> None:
    wire.script(oss_says(oss_error("InvalidObjectState/0042-00000042", 403)))
    error = fault(lambda: store.fetch(REF, 9))
    assert error.reason is Reason.OBJECT_ARCHIVED
    assert "EC 0042-00000042" in error.detail


# An object is refused, or the whole bucket.


@pytest.mark.parametrize("method", ["fetch", "head"])
@pytest.mark.parametrize(
    ("listing", "reason"),
    [
        (LISTING, Reason.ACCESS_DENIED),
        (oss_error("AccessDenied", 403), Reason.BUCKET_FORBIDDEN),
        (oss_error("NoSuchBucket", 404), Reason.BUCKET_MISSING),
        (oss_error("SecurityTokenExpired", 403), Reason.CREDENTIALS),
        (oss_error("TotalQpsLimitExceeded", 503), Reason.THROTTLED),
        (RESET, Reason.NETWORK),
    ],
    ids=lambda value: value.code if isinstance(value, Reason) else "",
)
def test_a_listing_shows_how_far_a_refusal_reaches(wire: Wire, store, method, listing, reason) -> None:
    wire.script(oss_says(oss_error("AccessDenied", 403), head=Answer(403), listing=listing))
    call = {"fetch": lambda: store.fetch(REF, 9), "head": lambda: store.head(REF)}[method]
    assert fault(call).reason is reason


def test_the_listing_is_limited_to_the_key(wire: Wire, store) -> None:
    wire.script(oss_says(oss_error("AccessDenied", 403)))
    fault(lambda: store.fetch(REF, 9))
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
@pytest.mark.parametrize("key", ["a.jpg", "red shoes/a+b.jpg", "100%.jpg", "鞋/👟.jpg", "a&b=<c>.jpg"])
def test_a_refused_object_that_is_not_listed_is_gone(wire: Wire, store, method: str, key: str) -> None:
    ref = ObjectRef("alibaba", "shop", key)
    read = {"fetch": lambda: store.fetch(ref, 9), "head": lambda: store.head(ref)}[method]
    for listing in (page_of(), page_of(f"{key}.bak"), page_of(f"{key}/", truncated="true")):
        wire.script(oss_says(oss_error("AccessDenied", 403), head=Answer(403), listing=listing))
        assert read() is None
    wire.script(oss_says(oss_error("AccessDenied", 403), head=Answer(403), listing=page_of(key)))
    assert fault(read).reason is Reason.ACCESS_DENIED


NO_PROOF = {
    "a page": page(200),
    "another bucket": page_of(name="shoq"),
    "no count": LISTING,
    "a count of keys that are missing": page_of(count=1),
    "a truncated page": page_of(truncated="true"),
    "half a page": page_of(truncated=None),
    "other keys": page_of("b.jpg"),
}


@pytest.mark.parametrize("case", NO_PROOF)
def test_a_listing_that_proves_nothing_deletes_nothing(wire: Wire, store, case: str) -> None:
    wire.script(oss_says(oss_error("AccessDenied", 403), head=Answer(403), listing=NO_PROOF[case]))
    assert fault(lambda: store.fetch(REF, 9)).reason.fault_class is FaultClass.TRANSIENT


def test_a_bucket_elsewhere_is_not_listed(wire: Wire, store) -> None:
    wire.script(oss_says(oss_error(ELSEWHERE, 403)))
    fault(lambda: store.fetch(REF, 9))
    assert wire.operations() == ["GET"]


@pytest.mark.parametrize("head", [Answer(404), Answer(403), Answer(503), oss_error("NoSuchKey", 404, head=True)])
def test_a_failed_head_is_explained_by_a_get(wire: Wire, store, head: Answer) -> None:
    wire.script(oss_says(oss_error("NoSuchBucket", 404), head=head))
    assert fault(lambda: store.head(REF)).service_code == "NoSuchBucket"
    wire.script(oss_says(oss_error("NoSuchKey", 404), head=head))
    assert store.head(REF) is None
    wire.script(oss_says(Answer(200, b"x", OBJECT_HEADERS), head=head))
    assert store.head(REF).etag == "E"


def test_an_unanswered_head_is_not_repeated_as_a_get(wire: Wire, store) -> None:
    wire.script(oss_says(Answer(200, b"x", OBJECT_HEADERS), head=RESET))
    assert fault(lambda: store.head(REF)).reason is Reason.NETWORK
    assert wire.operations() == ["HEAD"]


NOT_GONE = {
    "a mistyped or deleted bucket": (oss_error("NoSuchBucket", 404), LISTING),
    "a bucket elsewhere": (oss_error(ELSEWHERE, 403), LISTING),
    "a signature for another region": (oss_error(OTHER_SIGNING_REGION, 400), LISTING),
    "a role without rights": (oss_error("AccessDenied", 403), oss_error("AccessDenied", 403)),
    "an object of somebody else's": (oss_error("AccessDenied", 403), LISTING),
    "an expired token": (oss_error("SecurityTokenExpired", 403), oss_error("SecurityTokenExpired", 403)),
    "a link that leads nowhere": (oss_error("SymlinkTargetNotExist", 404), LISTING),
    "a 404 without a code": (Answer(404), LISTING),
    "a 404 page": (page(404), LISTING),
    "a redirect": (Answer(301, b"", {"Location": "/elsewhere"}), LISTING),
}


@pytest.mark.parametrize("case", NOT_GONE)
@pytest.mark.parametrize("receives", [1, 8, 999])
def test_no_entry_is_deleted_on_a_guess(wire: Wire, store, case: str, receives: int) -> None:
    get, listing = NOT_GONE[case]
    wire.script(oss_says(get, head=Answer(get.status), listing=listing))
    index = FakeImageIndex()
    index.faults.script("delete", lambda: pytest.fail("deleted"))
    settled = Settled(store=store, index=index)
    settled.run(receives)
    assert settled.outcome.reason
    assert not index.entries


# Links.


def test_a_link_removed_meanwhile_is_read_again(wire: Wire, store) -> None:
    answers = iter([Answer(200, b"x", LINK_HEADERS), oss_error("NoSuchKey", 404)])
    wire.script(lambda _: next(answers))
    assert fault(lambda: store.fetch(REF, 9)).reason is Reason.OBJECT_CHANGING


@pytest.mark.parametrize(
    ("sent", "target"), [("b%20c%2Bd.jpg", "b c+d.jpg"), ("b.jpg", "b.jpg"), ("100%25.jpg", "100%.jpg")]
)
def test_a_links_target_is_a_decoded_key(wire: Wire, store, sent: str, target: str) -> None:
    link = Answer(200, b"", OBJECT_HEADERS | {"x-oss-symlink-target": sent})
    wire.script(oss_says(Answer(200, b"x", LINK_HEADERS | {"x-oss-hash-crc64ecma": "1"}), link=link))
    assert store.fetch(REF, 9).link_target == target


# Broken answers.

CHUNKED = OBJECT_HEADERS | {"Transfer-Encoding": "chunked"}
BROKEN = {
    "reset": (RESET, Reason.NETWORK),
    "body cut short": (Answer(200, b"x" * 9, OBJECT_HEADERS, sent=4), Reason.NETWORK),
    "longer than announced": (Answer(200, b"3\r\nxyz\r\n0\r\n\r\n", CHUNKED | {"Content-Length": "2"}), Reason.NETWORK),
    "shorter than announced": (
        Answer(200, b"3\r\nxyz\r\n0\r\n\r\n", CHUNKED | {"Content-Length": "4"}),
        Reason.NETWORK,
    ),
    "other bytes than announced": (Answer(200, b"x", OBJECT_HEADERS | {"x-oss-hash-crc64ecma": "1"}), Reason.NETWORK),
    "error cut short": (Answer(400, b"<Error><Code>Acc"), Reason.SERVICE_CODE_UNKNOWN),
    "page": (page(502), Reason.SERVICE_UNAVAILABLE),
    "empty": (Answer(503), Reason.SERVICE_UNAVAILABLE),
    "bytes that are not text": (Answer(500, b"\xff\xfe"), Reason.SERVICE_UNAVAILABLE),
    "a page instead of an object": (page(200), Reason.SERVICE_UNAVAILABLE),
    "no date": (Answer(200, b"x", OBJECT_HEADERS | {"Last-Modified": "yesterday"}), Reason.SERVICE_UNAVAILABLE),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_answer_is_transient(wire: Wire, store, case: str) -> None:
    get, reason = BROKEN[case]
    wire.script(oss_says(get))
    assert fault(lambda: store.fetch(REF, 99)).reason is reason
    assert wire.operations() == ["GET"]


def test_too_large_an_object_is_not_read(wire: Wire, store) -> None:
    wire.script(oss_says(Answer(200, b"x" * 100, OBJECT_HEADERS, sent=0)))
    assert fault(lambda: store.fetch(REF, 99)).reason is Reason.OBJECT_TOO_LARGE


def test_an_endless_body_is_cut_off(wire: Wire, store) -> None:
    pieces = b"".join(itertools.repeat(b"100000\r\n" + b"x" * 0x100000 + b"\r\n", 8))
    wire.script(oss_says(Answer(200, pieces, CHUNKED | {"Content-Length": "9"})))
    assert fault(lambda: store.fetch(REF, 99)).reason is Reason.NETWORK


def test_silence_within_a_body_is_a_timeout(wire: Wire) -> None:
    wire.script(oss_says(Answer(200, b"x" * 9, OBJECT_HEADERS, sent=4, pause_seconds=0.5)))
    key = FixedCredentials(Credentials("id", "secret", None))
    hasty = OssObjectStore(oss_client(key, region="cn-shanghai", endpoint=wire.url, read_timeout=0.1))
    assert fault(lambda: hasty.fetch(REF, 99)).reason is Reason.TIMEOUT
