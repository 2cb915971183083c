"""The index is asked no faster than its query rate, and as long as it throttles."""

import threading
import time

import pytest

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ops import instance
from imagesearch_ops.audit.asking import Asker
from imagesearch_ops.deployment import find_deployment
from imagesearch_ops.instance import open_instance
from local_cloud.image_search import ImageSearchService
from tests.local_cloud.image_search.api import Api, picture
from tests.operator.index.conftest import api, environ, running, service

__all__ = ["api", "environ", "running", "service"]


@pytest.fixture
def asker(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Asker:
    monkeypatch.setattr(instance, "SLOT_SECONDS", 0.02)
    return Asker(open_instance(find_deployment(environ)))


def calls(service: ImageSearchService, leg: str) -> int:
    return [call.leg for call in service.calls].count(leg)


def test_entries_are_there_or_not(asker: Asker, api: Api) -> None:
    api.add(picture(), "1", "a.jpg")
    assert asker.has_entry("1", "a.jpg")
    assert not asker.has_entry("1", "b.jpg")
    assert not asker.has_entry("2", "a.jpg")


def test_the_query_rate_of_the_instance_is_kept(asker: Asker, service: ImageSearchService) -> None:
    service.change_instance(qps=20)
    began = time.monotonic()
    threads = [threading.Thread(target=lambda: [asker.has_entry("1", str(n)) for n in range(10)]) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - began > 1.9  # 60 calls; a burst of 16 may be saved up
    assert calls(service, "exists") < 70


def test_throttling_is_waited_out(asker: Asker, service: ImageSearchService) -> None:
    service.change_instance(qps=50)
    asker.has_entry("1", "a")
    service.faults.add({"leg": "exists", "kind": "error", "code": "Throttling.User", "status": 403, "times": 12})
    assert not asker.has_entry("1", "a.jpg")
    assert calls(service, "exists") == 14


def test_a_fault_of_the_access_key_is_raised_at_once(environ, service, monkeypatch) -> None:
    monkeypatch.setattr(instance, "SLOT_SECONDS", 0.02)
    wrong = environ | {"ALIBABA_CLOUD_ACCESS_KEY_SECRET": "wrong"}
    with pytest.raises(IngestError) as error:
        Asker(open_instance(find_deployment(wrong))).has_entry("1", "a")
    assert error.value.reason is Reason.CREDENTIALS
    assert calls(service, "exists") == 0


def test_a_policy_without_check_image_exists_still_answers(asker, service, api) -> None:
    api.add(picture(), "1", "a.jpg")
    service.faults.add({"leg": "exists", "kind": "error", "code": "Forbidden.RAM", "status": 403, "times": None})
    assert asker.has_entry("1", "a.jpg")
    assert not asker.has_entry("1", "b.jpg")
    assert calls(service, "exists") == 1  # each further refusal would take a slot


def test_nobody_waits_once_it_is_stopped(asker: Asker, service: ImageSearchService) -> None:
    service.change_instance(qps=1)
    asker.has_entry("1", "a")
    asker.has_entry("1", "a")
    asker.stop()
    began = time.monotonic()
    with pytest.raises(IngestError) as error:
        _ask_often(asker)
    assert error.value.reason is Reason.NOT_BEGUN
    assert time.monotonic() - began < 5


def _ask_often(asker: Asker) -> None:
    for _ in range(4):
        asker.has_entry("1", "a")
