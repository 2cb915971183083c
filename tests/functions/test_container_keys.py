"""Requests with different keys at the same time, in the container: each is signed with its own key, and no other."""

import copy
import threading
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from urllib.parse import unquote

import pytest

from local_cloud.clouds.alibaba import AlibabaCloud
from local_cloud.clouds.cloud import ACCESS_KEY_ID
from local_cloud.image_search import signatures as of_image_search
from local_cloud.oss import signatures as of_oss
from local_cloud.server.acs3 import AUTHORIZATION
from local_cloud.server.credentials import Credentials
from local_cloud.server.wire import Request
from local_cloud.smq import responses as of_smq
from tests.support.fc_container import DONE, FAILED, Server
from tests.support.function_compute import QuickCloud, empty
from tests.support.oss_events import as_text, element, message, notification
from tests.support.pictures import jpeg

KNOWN = {f"STS.PLANTED{n}": Credentials(f"STS.PLANTED{n}", f"PLANTED-secret-{n}", f"PLANTED-token-{n}") for n in "ABCD"}
STRANGER = Credentials("STS.PLANTEDstranger", "PLANTED-secret-of-nobody", "PLANTED-token-of-nobody")
EXPIRED = Credentials("STS.PLANTEDexpired", "PLANTED-secret-of-old", "PLANTED-token-of-old")
FROM_ENVIRONMENT = "environment"
REQUESTS = 16  # as many as the server runs at once
AT_ONCE = [*KNOWN.values(), STRANGER, EXPIRED, None] * 3


class Signers:
    """Which key has signed the requests about each object."""

    def __init__(self) -> None:
        self._by_key: dict[str, set[str]] = defaultdict(set)
        self._lock = threading.Lock()

    def note(self, access_key_id: str, text: str) -> None:
        with self._lock:
            self._by_key[access_key_id].add(text)

    def forget(self) -> None:
        self._by_key.clear()

    def keys(self) -> set[str]:
        return set(self._by_key)

    def of(self, name: str) -> set[str]:
        return {key for key, texts in self._by_key.items() if any(name in text for text in texts)}


@pytest.fixture(scope="module")
def signers() -> Iterator[Signers]:
    """Let the stand-ins accept several keys, and note who signed what."""
    signers, patch = Signers(), pytest.MonkeyPatch()
    verify_oss, verify_search = of_oss.SignatureVerifier.verify, of_image_search.SignatureVerifier.verify
    verify_smq = of_smq.verify

    def on_oss(self, request: Request) -> None:
        key = of_oss.read_claim(request).access_key_id
        signers.note(key, unquote(request.path))
        expired = self.expired or key == EXPIRED.access_key_id
        verify_oss(replace(self, credentials=accepted(key) or self.credentials, expired=expired), request)

    def on_image_search(self, request: Request) -> None:
        found = AUTHORIZATION.fullmatch(request.headers["authorization"])
        signers.note(found["key"], unquote(request.body.decode("latin-1")))
        other = copy.copy(self)
        other._credentials = accepted(found["key"]) or self._credentials  # noqa: SLF001 - the key to check against
        verify_search(other, request)

    def on_smq(request: Request, credentials: Credentials, expired: set[str], now: float) -> None:
        key = request.headers["authorization"].split(" ")[1].split(":")[0]
        verify_smq(request, accepted(key) or credentials, {*expired, EXPIRED.security_token}, now)

    patch.setattr(of_oss.SignatureVerifier, "verify", on_oss)
    patch.setattr(of_image_search.SignatureVerifier, "verify", on_image_search)
    patch.setattr(of_smq, "verify", on_smq)
    yield signers
    patch.undo()


def accepted(access_key_id: str) -> Credentials | None:
    return EXPIRED if access_key_id == EXPIRED.access_key_id else KNOWN.get(access_key_id)


@pytest.fixture(scope="module")
def cloud(signers: Signers) -> Iterator[AlibabaCloud]:
    del signers  # begun before the cloud
    with QuickCloud(with_function=False) as cloud:
        yield cloud


@pytest.fixture(scope="module")
def server(cloud: AlibabaCloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("server"), cloud.environ())
    yield server
    server.stop()


def headers(key: Credentials | None) -> dict[str, str]:
    if key is None:
        return {}
    names = ("x-fc-access-key-id", "x-fc-access-key-secret", "x-fc-security-token")
    return dict(zip(names, (key.access_key_id, key.access_key_secret, key.security_token), strict=True))


def test_each_request_is_signed_with_its_own_key(server: Server, cloud: AlibabaCloud, signers: Signers) -> None:
    names = [f"{number}-{key.access_key_id if key else FROM_ENVIRONMENT}" for number, key in enumerate(AT_ONCE)]
    for name in names:
        for part in "ab":
            cloud.upload(f"{name}/{part}.jpg", jpeg())
    empty(cloud)
    signers.forget()  # who uploaded the pictures
    cloud.image_search.faults.set_latency("add", 0.2)  # so that they overlap

    def invoke(name: str, key: Credentials | None) -> tuple[int, str]:
        keys = [f"{name}/{part}.jpg" for part in "ab"]
        events = [message(as_text(notification(element(key))), key) for key in keys]
        return server.invoke(events, name, headers(key))[0]

    with ThreadPoolExecutor(REQUESTS) as threads:
        answers = list(threads.map(invoke, names, AT_ONCE))
    refused = {STRANGER, EXPIRED}
    assert answers == [FAILED if key in refused else DONE for key in AT_ONCE]
    for name, key in zip(names, AT_ONCE, strict=True):
        own = {key.access_key_id if key else ACCESS_KEY_ID}
        # A refused key's requests are not all tried: the first refusal stops the others with the same key.
        assert signers.of(name) <= own if key in refused else signers.of(name) == own
    assert {key.access_key_id for key in refused} <= signers.keys()
    added = {entry.pic_name for entry in cloud.image_search.entries()}
    good = [name for name, key in zip(names, AT_ONCE, strict=True) if key not in refused]
    assert added == {f"{name}/{part}.jpg" for name in good for part in "ab"}
    assert not cloud.smq.messages("ingest")
    assert not cloud.dead_letters()


def test_no_key_of_any_request_is_written(server: Server) -> None:
    written = server.out + server.err
    for key in (*KNOWN.values(), STRANGER, EXPIRED):
        assert key.access_key_secret not in written
        assert key.security_token not in written
