"""Every code of Image Search and of its upload, answered by the local service, is settled as its class demands."""

from collections.abc import Iterator

import pytest

from imagesearch_ingest.adapters.image_search.api import ImageSearchApi
from imagesearch_ingest.adapters.image_search.upload_codes import UPLOAD_CODES
from imagesearch_ingest.bootstrap.common import image_search_options
from imagesearch_ingest.credentials import Credentials
from imagesearch_ingest.model.reasons import FaultClass, Reason
from imagesearch_ingest.settings import Settings
from local_cloud.image_search import ImageSearchService
from tests.support.fakes import FixedCredentials
from tests.support.image_search_codes import EXPECTED, EXPECTED_OF_UPLOADS, REFUSE_THE_KEY
from tests.support.settled import DELIVERIES, Settled, check_calls, check_settled

KEY = Credentials("id", "secret", None)


@pytest.fixture(scope="module")
def service() -> Iterator[ImageSearchService]:
    service = ImageSearchService(
        instance="demo", region="ap-southeast-1", access_key_id="id", access_key_secret="secret", rate=1000
    )
    with service:
        yield service


@pytest.fixture(scope="module")
def index(service: ImageSearchService) -> ImageSearchApi:
    settings = Settings(
        instance_name="demo",
        instance_region="ap-southeast-1",
        queue_url="http://queue",
        dead_letter_queue_url="http://queue",
        https_proxy=service.proxy_url,
        ca_bundle=service.ca_path,
    )
    return ImageSearchApi(image_search_options(settings), FixedCredentials(KEY))


def misleading_status(reason: Reason) -> int:
    """Return the status of another kind of fault: the code alone decides."""
    return 500 if reason.fault_class is FaultClass.PERMANENT else 403


@pytest.mark.parametrize("code", EXPECTED)
def test_code_settles_its_record(service: ImageSearchService, index, code: str) -> None:
    mapping = EXPECTED[code]
    status = misleading_status(mapping.reason)
    # The two last deliveries suffice: each costs up to five calls.
    for delivery in DELIVERIES[mapping.reason.fault_class][-2:]:
        service.reset()
        service.faults.add({"leg": "add", "kind": "error", "code": code, "status": status, "times": None})
        settled = Settled(index=index)
        handed_back = settled.run(*delivery)
        check_calls([call.leg for call in service.calls].count("add"), mapping)
        check_settled(settled, mapping, code, *delivery, handed_back=handed_back)
        assert settled.outcome.service_request_id
        assert not service.entries()


@pytest.mark.parametrize("code", EXPECTED_OF_UPLOADS)
def test_code_of_an_upload_settles_its_record(service: ImageSearchService, index, code: str) -> None:
    mapping = EXPECTED_OF_UPLOADS[code]
    status = misleading_status(mapping.reason)
    for delivery in DELIVERIES[mapping.reason.fault_class][-2:]:
        service.reset()
        service.faults.add({"leg": "upload", "kind": "error", "code": code, "status": status, "times": None})
        settled = Settled(index=index)
        handed_back = settled.run(*delivery)
        check_calls([call.leg for call in service.calls].count("upload"), mapping)
        check_settled(settled, mapping, code, *delivery, handed_back=handed_back)
        assert settled.outcome.service_request_id
        assert not service.entries()


def test_the_table_of_uploads_has_exactly_the_expected_rows() -> None:
    assert UPLOAD_CODES == EXPECTED_OF_UPLOADS


@pytest.mark.parametrize("leg", ["upload", "add"])
def test_a_code_that_blames_the_settings_names_them(service: ImageSearchService, index, leg: str) -> None:
    code = {"upload": "TransferAccelerationDisabled", "add": "InvalidProduct.NotFound"}[leg]
    service.reset()
    service.faults.add({"leg": leg, "kind": "error", "code": code, "status": 404, "times": None})
    settled = Settled(index=index)
    assert settled.run(1)
    named = {"upload": "INGEST_UPLOAD_ENDPOINT_TYPE", "add": "INGEST_INSTANCE_REGION, INGEST_INSTANCE_ENDPOINT"}[leg]
    assert settled.outcome.detail.endswith(f"failed: {code}. Check {named}")


@pytest.mark.parametrize("code", EXPECTED)
def test_record_is_added_once_the_fault_is_over(service: ImageSearchService, index, code: str) -> None:
    """It is added in the same invocation if the code's row allows another try, otherwise at the next receive."""
    service.reset()
    service.faults.add({"leg": "add", "kind": "error", "code": code, "status": 400, "times": 1})
    settled = Settled(index=index)
    settled.run(1)
    mapping = EXPECTED[code]
    comes_again = mapping.reason.fault_class in {FaultClass.TRANSIENT, FaultClass.THROTTLED} or mapping.attempts
    patient = comes_again and mapping.attempts != 1
    assert len(service.entries()) == bool(patient)
    settled.run(2)
    assert len(service.entries()) == 1


@pytest.mark.parametrize("code", sorted(REFUSE_THE_KEY))
def test_refused_key_is_read_once_more(service, index, code: str) -> None:
    service.reset()
    service.faults.add({"leg": "authorize", "kind": "error", "code": code, "status": 403, "times": None})
    source = FixedCredentials(KEY)
    settled = Settled(index=ImageSearchApi(index._options, source))  # noqa: SLF001 - the same service's
    assert settled.run(1)
    assert source.fresh_reads == 1
    assert settled.outcome.reason is Reason.CREDENTIALS
    assert [call.leg for call in service.calls] == ["authorize"]


def test_refused_permission_does_not_read_the_key_again(service: ImageSearchService, index) -> None:
    service.reset()
    service.faults.add({"leg": "add", "kind": "error", "code": "NoPermission", "status": 403, "times": None})
    source = FixedCredentials(KEY)
    Settled(index=ImageSearchApi(index._options, source)).run(1)  # noqa: SLF001 - the same service's
    assert source.fresh_reads == 0
