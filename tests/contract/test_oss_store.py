"""The features of OSS alone: links, archives, temporary keys, its endpoint and its certificate."""

import gzip
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import alibabacloud_oss_v2 as oss
import pytest

from imagesearch_ingest.adapters.alibaba.oss import OssObjectStore
from imagesearch_ingest.adapters.alibaba.oss_client import oss_client
from imagesearch_ingest.credentials import Credentials
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.objects import ObjectRef
from imagesearch_ingest.model.reasons import Reason
from local_cloud.oss import OssService
from local_cloud.oss.uploader import Uploader
from tests.support.fakes import FakeImageIndex, FixedCredentials
from tests.support.settled import Settled

KEY = Credentials("id", "secret", "token")
REF = ObjectRef("alibaba", "shop", "a.jpg")


@pytest.fixture(scope="module")
def running() -> Iterator[OssService]:
    with OssService(
        region="cn-shanghai", access_key_id="id", access_key_secret="secret", security_token="token"
    ) as service:
        yield service


@pytest.fixture
def service(running: OssService) -> OssService:
    running.reset()
    running.make_bucket("shop")
    return running


@pytest.fixture
def uploader(service: OssService) -> Uploader:
    return service.uploader()


def store(service: OssService, key: Credentials = KEY, **changed) -> OssObjectStore:
    way = {"region": "cn-shanghai", "endpoint": service.url, "ca_bundle": service.ca_path} | changed
    return OssObjectStore(oss_client(FixedCredentials(key), **way))


def reason(call) -> Reason:
    with pytest.raises(IngestError) as error:
        call()
    return error.value.reason


# The object.


def test_the_state_agrees_with_the_events(service: OssService, uploader: Uploader) -> None:
    events = []
    service.on_event = events.append
    uploader.put("shop", "a.jpg", b"bytes")
    state = store(service).head(REF)
    event = events[0]["oss"]["object"]
    assert (state.etag, state.size) == (event["eTag"], event["size"])


def test_a_link_yields_its_target_and_the_targets_key(service: OssService, uploader: Uploader) -> None:
    uploader.put("shop", "red shoes/b+.jpg", b"bytes", {"of": "target"})
    uploader.link("shop", "a.jpg", "red shoes/b+.jpg")
    source = store(service).fetch(REF, 9)
    assert (source.data, source.link_target, dict(source.state.metadata)) == (b"bytes", "red shoes/b+.jpg", {})
    assert store(service).head(REF) == source.state
    assert store(service).fetch(ObjectRef("alibaba", "shop", "red shoes/b+.jpg"), 9).link_target is None


@pytest.mark.parametrize("leads_to", ["nowhere", "a link"])
def test_a_link_to_nothing_is_broken(service, uploader: Uploader, leads_to: str) -> None:
    uploader.link("shop", "a.jpg", "b.jpg")
    if leads_to == "a link":
        uploader.link("shop", "b.jpg", "c.jpg")
    assert reason(lambda: store(service).fetch(REF, 9)) is Reason.LINK_BROKEN
    assert reason(lambda: store(service).head(REF)) is Reason.LINK_BROKEN


@pytest.mark.parametrize("storage_class", ["Archive", "ColdArchive", "DeepColdArchive"])
def test_an_archived_object_is_reported_as_such(service: OssService, uploader: Uploader, storage_class: str) -> None:
    request = oss.PutObjectRequest(bucket="shop", key="a.jpg", body=b"bytes", storage_class=storage_class)
    uploader.client.put_object(request)
    assert reason(lambda: store(service).fetch(REF, 9)) is Reason.OBJECT_ARCHIVED


def test_a_delete_marker_is_none(service: OssService, uploader: Uploader) -> None:
    uploader.enable_versioning("shop")
    uploader.put("shop", "a.jpg", b"one")
    first = store(service).head(REF)
    uploader.put("shop", "a.jpg", b"one")
    assert first.version_id
    assert store(service).head(REF).version_id != first.version_id
    uploader.remove("shop", "a.jpg")
    assert store(service).fetch(REF, 9) is None
    assert store(service).head(REF) is None


def test_content_encoding_does_not_change_the_bytes(service, uploader: Uploader) -> None:
    packed = gzip.compress(b"bytes" * 100)
    request = oss.PutObjectRequest(bucket="shop", key="a.jpg", body=packed, content_encoding="gzip")
    uploader.client.put_object(request)
    assert store(service).fetch(REF, 999).data == packed


def test_metadata_is_decoded_as_utf8_if_it_is(service, uploader: Uploader) -> None:
    sent = {"Colour": "red", "farbe": "grün".encode().decode("latin-1"), "old": "gr\xfcn"}
    uploader.put("shop", "a.jpg", b"bytes", sent)
    assert dict(store(service).fetch(REF, 9).state.metadata) == {"colour": "red", "farbe": "grün", "old": "grün"}


def test_threads_share_one_client(service: OssService, uploader: Uploader) -> None:
    shared = store(service)
    keys = [f"{n}.jpg" for n in range(40)]
    for key in keys:
        uploader.put("shop", key, key.encode() * 1000)
    with ThreadPoolExecutor(8) as threads:
        sources = list(threads.map(lambda key: shared.fetch(ObjectRef("alibaba", "shop", key), 9999), keys))
    assert [source.data for source in sources] == [key.encode() * 1000 for key in keys]


# Credentials, permissions and regions.


def run_without_deletes(subject: OssObjectStore) -> Settled:
    index = FakeImageIndex()
    index.faults.script("delete", lambda: pytest.fail("deleted"))
    settled = Settled(store=subject, index=index)
    for receives in (1, 999):
        assert settled.run(receives)
    return settled


SYSTEMIC = {
    "wrong secret": ({"key": Credentials("id", "other", "token")}, Reason.CREDENTIALS, "SignatureDoesNotMatch"),
    "unknown key": ({"key": Credentials("other", "secret", "token")}, Reason.CREDENTIALS, "InvalidAccessKeyId"),
    "no token": ({"key": Credentials("id", "secret", None)}, Reason.CREDENTIALS, "InvalidAccessKeyId"),
    "unknown token": ({"key": Credentials("id", "secret", "other")}, Reason.CREDENTIALS, "InvalidSecurityToken"),
    "no key": ({"key": Credentials(None, None, None)}, Reason.CREDENTIALS, None),
    "wrong region": ({"region": "cn-beijing"}, Reason.BUCKET_MISSING, "InvalidArgument"),
}


@pytest.mark.parametrize("case", SYSTEMIC)
def test_a_wrong_setting_is_systemic(service: OssService, case: str) -> None:
    changed, expected, code = SYSTEMIC[case]
    outcome = run_without_deletes(store(service, **changed)).outcome
    assert (outcome.reason, outcome.service_code) == (expected, code)


def test_an_expired_token_is_systemic(service: OssService) -> None:
    service.expire_token()
    outcome = run_without_deletes(store(service)).outcome
    assert (outcome.reason, outcome.service_code) == (Reason.CREDENTIALS, "SecurityTokenExpired")


def test_a_missing_or_distant_bucket_is_systemic(service: OssService) -> None:
    service.reset()
    assert run_without_deletes(store(service)).outcome.service_code == "NoSuchBucket"
    service.make_bucket("shop", "cn-beijing")
    outcome = run_without_deletes(store(service)).outcome
    assert (outcome.reason, outcome.service_code) == (Reason.BUCKET_MISSING, "AccessDenied")


def test_a_role_without_permissions_is_systemic(service: OssService) -> None:
    service.denied.update({"oss:GetObject", "oss:ListObjects"})
    assert run_without_deletes(store(service)).outcome.reason is Reason.BUCKET_FORBIDDEN


def test_each_request_reads_the_credentials_anew(service: OssService, uploader: Uploader) -> None:
    uploader.put("shop", "a.jpg", b"bytes")
    source = FixedCredentials(Credentials("id", "secret", "old"))
    subject = OssObjectStore(oss_client(source, region="cn-shanghai", endpoint=service.url, ca_bundle=service.ca_path))
    assert reason(lambda: subject.head(REF)) is Reason.CREDENTIALS
    source.credentials = KEY
    assert subject.head(REF)


def test_an_error_of_the_credential_source_is_kept(service: OssService) -> None:
    class Throttled:
        def get(self, *, fresh: bool = False) -> Credentials:  # noqa: ARG002 - the protocol's
            raise IngestError(Reason.THROTTLED, "the secret's store is busy")

    client = oss_client(Throttled(), region="cn-shanghai", endpoint=service.url, ca_bundle=service.ca_path)
    assert reason(lambda: OssObjectStore(client).head(REF)) is Reason.THROTTLED


def test_an_impossible_bucket_name_is_malformed(service: OssService) -> None:
    asked = ObjectRef("alibaba", "No_Such", "a.jpg")
    assert reason(lambda: store(service).fetch(asked, 9)) is Reason.EVENT_MALFORMED
    assert not service.requests


def test_the_internal_endpoint_is_the_default() -> None:
    client = oss_client(FixedCredentials(KEY), region="cn-shanghai")
    url = client.presign(oss.GetObjectRequest(bucket="shop", key="a.jpg")).url
    assert url.startswith("https://shop.oss-cn-shanghai-internal.aliyuncs.com/a.jpg?")


# The connection.


def test_silence_is_a_timeout(service: OssService) -> None:
    service.faults.add({"method": "GET", "kind": "stall", "seconds": 5.0})
    assert reason(lambda: store(service, read_timeout=0.1).fetch(REF, 9)) is Reason.TIMEOUT
    assert len(service.requests) == 1


def test_a_refused_connection_is_a_network_fault(service: OssService) -> None:
    assert reason(lambda: store(service, endpoint="https://127.0.0.1:1").fetch(REF, 9)) is Reason.NETWORK


def test_an_unknown_certificate_is_not_trusted(service: OssService) -> None:
    assert reason(lambda: store(service, ca_bundle=None).fetch(REF, 9)) is Reason.SETTINGS_REFUSED
    assert not service.requests


def test_the_environments_proxies_and_authorities_are_ignored(
    service: OssService, uploader: Uploader, monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    uploader.put("shop", "a.jpg", b"bytes")
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(netrc))
    assert store(service).fetch(REF, 9).data == b"bytes"


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"kind": "reset"}, Reason.NETWORK),
        ({"kind": "cut", "sent": 2}, Reason.NETWORK),
        ({"kind": "html"}, Reason.SERVICE_UNAVAILABLE),
        ({"kind": "empty"}, Reason.SERVICE_UNAVAILABLE),
        ({"kind": "error", "code": "QpsLimitExceeded", "status": 429}, Reason.THROTTLED),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else "",
)
def test_the_next_attempt_succeeds(service, uploader: Uploader, fault, expected) -> None:
    uploader.put("shop", "a.jpg", b"bytes")
    service.faults.add({"method": "GET", "key": "a.jpg", **fault})
    subject = store(service)
    assert reason(lambda: subject.fetch(REF, 9)) is expected
    assert subject.fetch(REF, 9).data == b"bytes"
