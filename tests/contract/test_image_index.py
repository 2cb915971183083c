"""The behaviour of every ImageIndex: the fake, and the adapter through the real SDK.

The adapter runs against the local service, and in `make live` on a real instance.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from PIL import Image

from imagesearch_ingest.adapters.image_search.api import ImageSearchApi
from imagesearch_ingest.bootstrap.common import image_search_options
from imagesearch_ingest.credentials import Credentials
from imagesearch_ingest.image_search import AddImageRequest, DeleteImageRequest
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import FaultClass, Reason
from imagesearch_ingest.reconcile.ports import ImageIndex
from imagesearch_ingest.settings import Settings
from local_cloud.image_search import ImageSearchService
from tests.live.contract_subjects import find_live
from tests.support.fakes import FakeImageIndex, FixedCredentials
from tests.support.pictures import encode, jpeg

PICTURE, OTHER = jpeg(320, 200), jpeg(200, 320)


@dataclass
class Subject:
    index: ImageIndex
    entries: Callable[[], dict[tuple[str, str], bytes]]


def settings(service: ImageSearchService, **fields: object) -> Settings:
    return Settings(
        instance_name="demo",
        instance_region="ap-southeast-1",
        queue_url="http://queue",
        dead_letter_queue_url="http://queue",
        https_proxy=service.proxy_url,
        ca_bundle=service.ca_path,
        **fields,
    )


def api(service: ImageSearchService, credentials: Credentials | None = None, **fields: object) -> ImageSearchApi:
    source = FixedCredentials(credentials or Credentials("id", "secret", None))
    return ImageSearchApi(image_search_options(settings(service, **fields)), source)


@pytest.fixture(params=["fake", "api"])
def subject(request: pytest.FixtureRequest) -> Subject:
    live = find_live(request)
    if live:
        index = live.index()
        return Subject(index, index.entries)
    if request.param == "fake":
        fake = FakeImageIndex()
        return Subject(fake, lambda: {ids: entry.pic_content for ids, entry in fake.entries.items()})
    image_search: ImageSearchService = request.getfixturevalue("image_search")
    return Subject(
        api(image_search),
        lambda: {(entry.product_id, entry.pic_name): entry.picture for entry in image_search.entries()},
    )


def request(
    pic_name: str = "p/1.jpg", product_id: str = "p", picture: bytes = PICTURE, **fields: object
) -> AddImageRequest:
    ids = {"instance_name": "demo", "product_id": product_id, "pic_name": pic_name}
    return AddImageRequest(**ids | fields, pic_content=picture)


def add(index: ImageIndex, message: AddImageRequest) -> None:
    index.add(index.upload(message.pic_content), message)


def removal(pic_name: str = "p/1.jpg", instance: str = "demo") -> DeleteImageRequest:
    return DeleteImageRequest(instance_name=instance, product_id="p", pic_name=pic_name)


def test_added_image_is_there(subject: Subject) -> None:
    add(subject.index, request())
    assert subject.entries() == {("p", "p/1.jpg"): PICTURE}


def test_one_upload_serves_several_adds(subject: Subject) -> None:
    upload = subject.index.upload(PICTURE)
    subject.index.add(upload, request("p/1.jpg"))
    subject.index.add(upload, request("p/2.jpg"))
    assert subject.entries() == {("p", "p/1.jpg"): PICTURE, ("p", "p/2.jpg"): PICTURE}


def test_upload_alone_changes_nothing(subject: Subject) -> None:
    subject.index.upload(PICTURE)
    assert subject.entries() == {}


def test_added_is_what_was_uploaded(subject: Subject) -> None:
    subject.index.add(subject.index.upload(OTHER), request(picture=PICTURE))
    assert subject.entries() == {("p", "p/1.jpg"): OTHER}


def test_same_ids_are_the_same_entry(subject: Subject) -> None:
    add(subject.index, request())
    add(subject.index, request(picture=OTHER))
    assert subject.entries() == {("p", "p/1.jpg"): OTHER}


@pytest.mark.parametrize("name", ["red shoes/a+b.jpg", "100%.jpg", "%41.jpg", "鞋/👟.jpg", "a&b=c.jpg", "n" * 256])
def test_every_name_survives_the_wire(subject: Subject, name: str) -> None:
    add(subject.index, request(name, product_id=name))
    assert list(subject.entries()) == [(name, name)]


def test_delete_removes_one_entry_of_its_product(subject: Subject) -> None:
    add(subject.index, request("p/1.jpg"))
    add(subject.index, request("p/2.jpg"))
    subject.index.delete(removal("p/1.jpg"))
    assert list(subject.entries()) == [("p", "p/2.jpg")]


def test_deleting_a_missing_entry_is_not_an_error(subject: Subject) -> None:
    subject.index.delete(removal())
    assert subject.entries() == {}


def test_an_unknown_instance_is_systemic(subject: Subject) -> None:
    for call in (
        lambda: add(subject.index, request(instance_name="other")),
        lambda: subject.index.delete(removal(instance="other")),
    ):
        with pytest.raises(IngestError) as error:
            call()
        assert error.value.reason is Reason.INSTANCE_UNAVAILABLE
        assert error.value.service_code == "InvalidInstance"


# Faults that only the real SDK can have.


@pytest.mark.parametrize("length", [1024, 8192, 16384])
def test_image_as_long_as_a_chunk_is_sent(image_search: ImageSearchService, length: int) -> None:
    picture = encode(Image.new("RGB", (100, 100)), quality=30)
    padded = picture[:2] + _comment(length - len(picture)) + picture[2:]
    assert len(padded) == length
    add(api(image_search), request(picture=padded))
    (entry,) = image_search.entries()
    assert entry.picture.endswith(padded[2:])


def _comment(length: int) -> bytes:
    """A JPEG COM segment of so many bytes in all."""
    return b"\xff\xfe" + (length - 2).to_bytes(2) + b" " * (length - 4)


def test_every_attribute_arrives(image_search: ImageSearchService) -> None:
    attributes = {"int_attr": 1, "int_attr_4": 0, "str_attr": "s", "str_attr_3": "鞋", "custom_content": "c" * 4096}
    add(api(image_search), request(**attributes, category_id=88888888, region="10,90,20,80"))
    (entry,) = image_search.entries()
    assert entry.attributes["IntAttr4"] == 0
    assert entry.attributes["StrAttr3"] == "鞋"
    assert entry.attributes["Region"] == "10,90,20,80"


CODES = [
    ("add", "DeniedRequest", 403, Reason.THROTTLED),
    ("add", "UnknownException", 500, Reason.SERVICE_UNAVAILABLE),
    ("add", "NeverHeardOf", 400, Reason.SERVICE_CODE_UNKNOWN),
    ("upload", "ServiceUnavailable", 503, Reason.SERVICE_UNAVAILABLE),
    ("upload", "AccessDenied", 403, Reason.CREDENTIALS),
    ("authorize", "Throttling.User", 429, Reason.THROTTLED),
    ("authorize", "Forbidden.RAM", 403, Reason.CREDENTIALS),
]
UNANSWERED = [
    ("reset", Reason.NETWORK),
    ("lost_answer", Reason.NETWORK),
    ("stall", Reason.TIMEOUT),
    ("html", Reason.SERVICE_UNAVAILABLE),
    ("empty", Reason.SERVICE_UNAVAILABLE),
]


def failed_add(index: ImageSearchApi) -> IngestError:
    with pytest.raises(IngestError) as error:
        add(index, request())
    return error.value


@pytest.mark.parametrize(("leg", "code", "status", "reason"), CODES)
def test_code_alone_decides_on_every_leg(image_search: ImageSearchService, leg, code, status, reason) -> None:
    image_search.faults.add({"leg": leg, "kind": "error", "code": code, "status": status, "times": 1})
    error = failed_add(api(image_search))
    assert error.reason is reason
    assert error.service_code == code
    add(api(image_search), request())


@pytest.mark.parametrize("leg", ["authorize", "upload", "add"])
@pytest.mark.parametrize(("kind", "reason"), UNANSWERED)
def test_no_answer_is_transient_on_every_leg(image_search: ImageSearchService, leg, kind, reason) -> None:
    fault = {"leg": leg, "kind": kind, "times": 1}
    image_search.faults.add(fault | {"seconds": 2} if kind == "stall" else fault)
    error = failed_add(api(image_search, instance_timeout_seconds=0.5))
    assert error.reason is reason
    add(api(image_search), request())
    assert len(image_search.entries()) == 1


def test_success_false_is_a_failure(image_search: ImageSearchService) -> None:
    image_search.faults.add({"leg": "add", "kind": "unsuccessful", "times": 1})
    error = failed_add(api(image_search))
    assert error.reason.fault_class is FaultClass.TRANSIENT
    assert not image_search.entries()


@pytest.mark.parametrize(
    ("credentials", "code"),
    [
        (Credentials(None, None, None), "InvalidCredentials"),
        (Credentials("id", "wrong", None), "SignatureDoesNotMatch"),
        (Credentials("nobody", "secret", None), "InvalidAccessKeyId.NotFound"),
    ],
    ids=["none", "wrong secret", "unknown key"],
)
def test_useless_credentials_are_systemic(image_search: ImageSearchService, credentials, code) -> None:
    for call in (
        lambda: add(api(image_search, credentials), request()),
        lambda: api(image_search, credentials).delete(removal()),
    ):
        with pytest.raises(IngestError) as error:
            call()
        assert error.value.reason is Reason.CREDENTIALS
        assert error.value.service_code == code


def test_no_network_is_transient(image_search: ImageSearchService) -> None:
    index = api(image_search)
    image_search.close()
    with pytest.raises(IngestError) as error:
        add(index, request())
    assert error.value.reason is Reason.NETWORK


def test_refusal_is_the_images_fault(image_search: ImageSearchService) -> None:
    with pytest.raises(IngestError) as error:
        add(api(image_search), request(picture=jpeg(99, 200)))
    assert error.value.reason is Reason.SERVICE_REJECTED
    assert error.value.service_code == "UnsupportedPicPixels"
    assert error.value.service_request_id
