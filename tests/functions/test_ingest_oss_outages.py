"""The handler of Function Compute when things do not work: what fails it, what waits, and that nothing is lost."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from imagesearch_ingest.adapters.image_search_api import ImageSearchApi
from imagesearch_ingest.credentials import EnvironmentCredentials
from imagesearch_ingest.errors import ExpiredTokenError, NotDoneError, SettingsError
from imagesearch_ingest.image_search import AddImageRequest
from imagesearch_ingest.settings import Settings
from local_cloud.alibaba_cloud import AlibabaCloud
from local_cloud.cloud import ACCESS_KEY_ID, ACCESS_KEY_SECRET
from local_cloud.function import FUNCTION_COMPUTE, FunctionError, LocalFunction
from local_cloud.smq import Fault
from tests.fc import KEYS, Function, ProcessEndedError, QuickCloud, empty, outcome_lines
from tests.oss_events import as_text, element, message, notification
from tests.pictures import jpeg

OLD, NEW, BAD = "p/old.jpg", "p/new.jpg", "p/bad.jpg"
NO_RETRY = 9.0  # seconds; a request has up to seven, and two are kept for the queue's answers
FOR_EVER: dict[str, Any] = {"leg": "add", "kind": "error", "times": None}
NO_KEYS = dict.fromkeys(KEYS, "")
OWN = SimpleNamespace(
    access_key_id=ACCESS_KEY_ID, access_key_secret=ACCESS_KEY_SECRET, security_token=AlibabaCloud.SECURITY_TOKEN
)
WRONG = SimpleNamespace(access_key_id="STS.wrong", access_key_secret="wrong-secret", security_token="wrong-token")


@pytest.fixture(scope="module")
def cloud() -> Iterator[AlibabaCloud]:
    with QuickCloud(with_function=False) as cloud:
        yield cloud


@pytest.fixture
def function(cloud: AlibabaCloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[Function]:
    """The index holds an object that the bucket has lost since, and lacks one that it has got."""
    function = Function(cloud, monkeypatch)
    index(cloud).add(AddImageRequest(instance_name=cloud.instance, product_id="p", pic_name=OLD, pic_content=jpeg()))
    put(cloud, NEW)
    empty(cloud)
    yield function
    function.stop()


def index(cloud: AlibabaCloud) -> ImageSearchApi:
    return ImageSearchApi(Settings.from_env(cloud.environ()), EnvironmentCredentials(cloud.environ()))


def put(cloud: AlibabaCloud, key: str, bucket: str = "pictures") -> None:
    cloud.bucket_owner.put(bucket, key, b"no picture" if key == BAD else jpeg())


def created(key: str, bucket: str = "pictures", name: str = "ObjectCreated:PutObject") -> dict[str, Any]:
    told = element(key, name)
    told["oss"]["bucket"]["name"] = bucket
    return message(as_text(notification(told)), key)


def removed(key: str, bucket: str = "pictures") -> dict[str, Any]:
    return created(key, bucket, "ObjectRemoved:DeleteObject")


def both(bucket: str = "pictures") -> list[dict[str, Any]]:
    return [created(NEW, bucket), removed(OLD, bucket)]


def assert_untouched(function: Function) -> None:
    assert function.pic_names() == [OLD]
    assert not function.letters()
    assert not function.waiting()


def reasons(capsys: pytest.CaptureFixture[str]) -> set[str]:
    return {line["reason"] for line in outcome_lines(capsys) if line["outcome"] == "failed"}


# What fails everybody fails the function: the stream stops, and nothing of the array is gone.


CAUSES: dict[str, tuple[dict[str, str], Callable[[AlibabaCloud], object], str]] = {
    "wrong access key": ({KEYS[0]: "STS.nobody"}, lambda _: None, "credentials"),
    "wrong secret": ({KEYS[1]: "another"}, lambda _: None, "credentials"),
    "wrong token": ({KEYS[2]: "another"}, lambda _: None, "credentials"),
    "no access key": (NO_KEYS, lambda _: None, "credentials"),
    "another region": ({"FC_REGION": "cn-beijing"}, lambda _: None, "bucket_missing"),
    "no right to read": (
        {},
        lambda cloud: cloud.oss.denied.update({"oss:GetObject", "oss:ListObjects"}),
        "bucket_forbidden",
    ),
    "instance unknown": ({"INGEST_INSTANCE_NAME": "other"}, lambda _: None, "instance_unavailable"),
}


@pytest.mark.parametrize(("variables", "spoil", "reason"), CAUSES.values(), ids=CAUSES)
def test_what_a_person_must_mend_fails_the_function_and_changes_nothing(
    function: Function, cloud: AlibabaCloud, capsys, *, variables: dict, spoil: Callable, reason: str
) -> None:
    function.start(**variables)
    spoil(cloud)
    with pytest.raises(NotDoneError):
        function(both())
    assert reasons(capsys) == {reason}
    assert_untouched(function)
    cloud.oss.denied.clear()
    function.start(**cloud.environ())
    function(both())
    assert function.pic_names() == [NEW]


def test_a_bucket_that_is_missing_fails_the_function_and_deletes_nothing(
    function: Function, cloud: AlibabaCloud, capsys
) -> None:
    with pytest.raises(NotDoneError):
        function(both("nowhere"))
    assert reasons(capsys) == {"bucket_missing"}
    assert_untouched(function)
    cloud.oss.make_bucket("nowhere")
    put(cloud, NEW, "nowhere")
    function(both("nowhere"))
    assert function.pic_names() == [NEW]


def test_a_bucket_of_another_region_fails_the_function_and_deletes_nothing(
    function: Function, cloud: AlibabaCloud, capsys
) -> None:
    cloud.oss.make_bucket("elsewhere", "cn-beijing")
    with pytest.raises(NotDoneError):
        function(both("elsewhere"))
    assert reasons(capsys) == {"bucket_missing"}
    assert_untouched(function)


def test_an_object_that_alone_is_refused_waits_alone(function: Function, cloud: AlibabaCloud, capsys) -> None:
    cloud.oss.faults.add({"method": "GET", "key": NEW, "kind": "error", "code": "KmsServiceNotEnabled", "status": 400})
    function(both())
    assert reasons(capsys) == {"access_denied"}
    assert function.pic_names() == []
    assert len(function.waiting()) == 1
    function.clock.ahead = 20
    assert function.takes_from_queue() == 1
    assert function.pic_names() == [NEW]


# Temporary keys.


def test_an_expired_token_of_the_process_ends_it(function: Function, cloud: AlibabaCloud) -> None:
    cloud.oss.expire_token()
    with pytest.raises(ProcessEndedError) as ended:
        function(both())
    assert ended.value.args == (1,)
    assert_untouched(function)


EXPIRED_ELSEWHERE = {
    "Image Search": lambda cloud: cloud.image_search.faults.add(
        {"leg": "authorize", "kind": "error", "code": "InvalidSecurityToken.Expired", "status": 400, "times": None}
    ),
    "Image Search, delete": lambda cloud: cloud.image_search.faults.add(
        {"leg": "delete", "kind": "error", "code": "InvalidSecurityToken.Expired", "status": 400, "times": None}
    ),
    "SMQ": lambda cloud: cloud.smq.expired_tokens.add(AlibabaCloud.SECURITY_TOKEN),
}


@pytest.mark.parametrize("expire", EXPIRED_ELSEWHERE.values(), ids=EXPIRED_ELSEWHERE)
def test_whichever_service_notices_it(function: Function, cloud: AlibabaCloud, expire: Callable) -> None:
    put(cloud, BAD)
    empty(cloud)
    expire(cloud)
    try:
        with pytest.raises(ProcessEndedError):
            function([created(BAD), *both()])
    finally:
        cloud.smq.expired_tokens.clear()
    assert not function.waiting()


def test_a_process_really_ends_and_the_next_one_does_it_all(function: Function, cloud: AlibabaCloud) -> None:
    cloud.oss.expire_token()
    real = LocalFunction(cloud.FUNCTION_ROOT, cloud.environ(), runtime=FUNCTION_COMPUTE, timeout_seconds=60)
    try:
        with pytest.raises(FunctionError, match="the process ended with 1"):
            real.invoke(as_text(both()).encode())
        assert_untouched(function)
        cloud.oss._verifier.expired = False  # noqa: SLF001 - a new token is beyond the stand-in
        real.invoke(as_text(both()).encode())
    finally:
        real.close()
    assert function.pic_names() == [NEW]


def test_the_contexts_credentials_are_those_of_each_invocation(function: Function, capsys) -> None:
    """Of runtimes up to Python 3.10; here, nothing else holds a key that is good for anything."""
    function.start(**dict.fromkeys(KEYS, "wrong-wrong"))
    with pytest.raises(NotDoneError):
        function(both(), credentials=WRONG)
    assert reasons(capsys) == {"credentials"}
    assert_untouched(function)
    function(both(), credentials=OWN)
    assert function.pic_names() == [NEW]


def test_credentials_are_not_kept_for_the_next_invocation(function: Function, cloud: AlibabaCloud) -> None:
    function.start(**NO_KEYS)
    function(both(), credentials=OWN)
    put(cloud, OLD)
    with pytest.raises(NotDoneError):
        function([created(OLD)])
    assert function.pic_names() == [NEW]


def test_an_expired_token_of_an_invocation_fails_that_one_alone(function: Function, cloud: AlibabaCloud) -> None:
    cloud.oss.expire_token()
    with pytest.raises(NotDoneError) as error:
        function(both(), credentials=OWN)
    assert not isinstance(error.value, ExpiredTokenError)
    assert_untouched(function)


# The dead-letter queue.


SMQ_DOWN = {
    "it fails": Fault("error", times=None),
    "it hangs up": Fault("reset", times=None),
    "a proxy's page": Fault("html", times=None),
    "no such queue": Fault("error", times=None, code="QueueNotExist", status=404),
    "no right to send": Fault("error", times=None, code="AccessDenied", status=403),
}


@pytest.mark.parametrize("fault", SMQ_DOWN.values(), ids=SMQ_DOWN)
def test_a_dead_letter_that_cannot_be_written_fails_the_function(
    function: Function, cloud: AlibabaCloud, capsys, fault: Fault
) -> None:
    put(cloud, BAD)
    empty(cloud)
    cloud.smq.faults.add(fault)
    with pytest.raises(NotDoneError):
        function([created(BAD)], NO_RETRY)
    (line,) = outcome_lines(capsys)
    assert (line["outcome"], line["dead_lettered"]) == ("rejected", False)
    assert line["dead_letter_fault"]
    assert_untouched(function)
    cloud.smq.faults.clear()
    function([created(BAD)])
    assert [letter["code"] for letter in function.letters()] == ["not_an_image"]


def test_a_dead_letter_queue_that_nobody_listens_at_fails_the_function(function: Function, cloud: AlibabaCloud) -> None:
    function.start(INGEST_DEAD_LETTER_QUEUE_URL="https://127.0.0.1:9/queues/ingest-dead-letters")
    put(cloud, BAD)
    empty(cloud)
    with pytest.raises(NotDoneError):
        function([created(BAD)], NO_RETRY)
    assert_untouched(function)


def test_a_repeated_letter_is_the_same_one(function: Function, cloud: AlibabaCloud) -> None:
    """Its answer was lost, so the array comes again; readers fold by the record id."""
    put(cloud, BAD)
    empty(cloud)
    cloud.smq.faults.add(Fault("lost_answer", "SendMessage"))
    with pytest.raises(NotDoneError):
        function([created(BAD)], NO_RETRY)
    function([created(BAD)])
    assert len(function.letters()) == 2
    assert len({letter["record_id"] for letter in function.letters()}) == 1


# What has only to wait is sent to its queue again.


@pytest.mark.parametrize(
    ("code", "status", "reason", "least", "most"),
    [("DeniedRequest", 403, "throttled", 7, 13), ("UnknownException", 500, "service_unavailable", 11, 19)],
)
def test_what_has_only_to_wait_is_sent_again_and_done_when_it_can_be(
    function: Function, cloud: AlibabaCloud, capsys, *, code: str, status: int, reason: str, least: int, most: int
) -> None:
    cloud.image_search.faults.add(FOR_EVER | {"code": code, "status": status})
    function(both(), NO_RETRY)
    assert reasons(capsys) == {reason}
    assert function.pic_names() == []  # its neighbour was settled
    (envelope,) = function.waiting()
    (delay,) = function.delays()
    assert least <= delay <= most
    assert envelope["imagesearch_ingest"]["receives"] == 2
    assert envelope["imagesearch_ingest"]["message"] == created(NEW)["data"]["messageBody"]
    assert function.takes_from_queue() == 0  # not yet
    function.clock.ahead = most
    assert function.takes_from_queue(NO_RETRY) == 1
    ((envelope,), (delay,)) = function.waiting(), function.delays()
    assert envelope["imagesearch_ingest"]["receives"] == 3
    assert delay > least
    cloud.image_search.faults.clear()
    function.clock.ahead += 2 * most + 10
    assert function.takes_from_queue() == 1
    assert function.pic_names() == [NEW]
    assert not function.waiting()
    assert not function.letters()
    assert outcome_lines(capsys)[-1]["receive_count"] == 3


def test_what_never_works_ends_as_a_dead_letter_at_the_eighth_receive(function: Function, cloud: AlibabaCloud) -> None:
    cloud.image_search.faults.add(FOR_EVER | {"code": "UnknownException", "status": 500})
    body = as_text({"imagesearch_ingest": {"receives": 7, "first_received_at": None, "message": "@"}})
    original = created(NEW)["data"]["messageBody"]
    function([message(body.replace('"@"', as_text(original)))], NO_RETRY)
    assert not function.letters()
    function.clock.ahead = 1200
    assert function.takes_from_queue(NO_RETRY) == 1
    (letter,) = function.letters()
    assert (letter["code"], letter["receive_count"]) == ("service_unavailable", 8)
    assert letter["original_event"] == original
    assert letter["first_received_at"]
    assert not function.waiting()


def test_what_there_is_no_time_for_is_sent_again_too(function: Function, capsys) -> None:
    function(both(), 4)
    assert reasons(capsys) == {"not_begun"}
    assert len(function.waiting()) == 2
    function.clock.ahead = 15
    assert function.takes_from_queue() == 2
    assert function.pic_names() == [NEW]


@pytest.mark.parametrize("kind", ["error", "reset"])
def test_a_queue_that_does_not_take_it_back_fails_the_function(
    function: Function, cloud: AlibabaCloud, kind: str
) -> None:
    cloud.image_search.faults.add(FOR_EVER | {"code": "DeniedRequest", "status": 403})
    cloud.smq.faults.add(Fault(kind, "SendMessage", times=None))
    with pytest.raises(NotDoneError, match="Nor could its queue take it"):
        function(both(), NO_RETRY)
    assert not function.waiting()
    cloud.smq.faults.clear()
    cloud.image_search.faults.clear()
    function(both())
    assert function.pic_names() == [NEW]


def test_a_slow_queue_takes_a_whole_array_back(function: Function, cloud: AlibabaCloud) -> None:
    """If it failed half-way, those sent already would be there twice when the array comes again."""
    keys = [f"many/{number}.jpg" for number in range(10)]
    for key in keys:
        put(cloud, key)
    empty(cloud)
    cloud.image_search.faults.add(FOR_EVER | {"code": "DeniedRequest", "status": 403})
    cloud.smq.faults.add(Fault("stall", "SendMessage", times=None, seconds=0.3))
    function([created(key) for key in keys], NO_RETRY)
    assert len(function.waiting()) == 10


def test_without_a_queue_what_is_not_done_is_raised(function: Function, cloud: AlibabaCloud) -> None:
    """A direct trigger's event: the platform repeats it, and gives up in its own way."""
    function.start(INGEST_QUEUE_URL="")
    cloud.image_search.faults.add(FOR_EVER | {"code": "DeniedRequest", "status": 403})
    with pytest.raises(NotDoneError):
        function(notification(element(NEW)), NO_RETRY)
    cloud.image_search.faults.clear()
    function(notification(element(NEW)))
    assert sorted(function.pic_names()) == [NEW, OLD]
    assert not function.waiting()


# Settings.


def test_bad_settings_fail_each_invocation_until_they_are_mended(function: Function, cloud: AlibabaCloud) -> None:
    function.start(INGEST_INSTANCE_NAME="", INGEST_READ_TIMEOUT_SECONDS="soon", INGEST_TIMEOUT="3")
    for _ in range(2):
        with pytest.raises(SettingsError) as error:
            function(both())
    assert [line.split()[0] for line in str(error.value).splitlines()] == [
        "INGEST_INSTANCE_NAME",
        "INGEST_READ_TIMEOUT_SECONDS",
        "INGEST_TIMEOUT",
    ]
    function.start(INGEST_INSTANCE_NAME=cloud.instance, INGEST_READ_TIMEOUT_SECONDS="", INGEST_TIMEOUT="")
    function(both())
    assert function.pic_names() == [NEW]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FC_REGION", ""),
        ("INGEST_CREDENTIALS_SECRET", "a-secret"),
        ("INGEST_QUEUE_URL", "https://sqs.us-east-1.amazonaws.com/1/ingest"),
        ("INGEST_DEAD_LETTER_QUEUE_URL", "https://1.mns.cn-shanghai.aliyuncs.com/topics/ingest"),
    ],
)
def test_what_only_this_cloud_wants_otherwise_is_told(function: Function, name: str, value: str) -> None:
    function.start(**{name: value})
    with pytest.raises(SettingsError, match=name):
        function(both())


@pytest.mark.parametrize("event", [b"", b"{}", b"rubbish", b'{"Records": []}', b'{"events": []}'])
def test_an_event_of_another_trigger_is_refused(function: Function, event: bytes) -> None:
    with pytest.raises(ValueError, match="no trigger"):
        function(event)
    assert_untouched(function)
