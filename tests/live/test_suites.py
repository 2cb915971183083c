"""The contract suites and `doctor --write` on the services of an account."""

import pytest

from tests.live import suites
from tests.live.probe import Answer
from tests.live.suites import find_suites, run_contract, run_doctor

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", ["aws", "alibaba"])
def test_the_suites_pass_on_the_real_services(request, open_account, name: str) -> None:
    cloud = request.getfixturevalue(f"{name}_cloud")
    results = list(run_contract(open_account(cloud)))
    expected = {
        "aws": {"test_object_store.py on s3", "test_queues.py on sqs", "test_image_index.py on api"},
        "alibaba": {"test_object_store.py on oss", "test_queues.py on smq", "test_image_index.py on api"},
    }
    assert {result.text for result in results} == expected[name]
    assert {result.answer for result in results} == {Answer.HOLDS}, results


def test_a_test_that_fails_is_named(aws_cloud, open_account, monkeypatch) -> None:
    monkeypatch.setattr(suites, "FILES", ("test_image_index.py",))
    for _ in range(3):
        aws_cloud.image_search.faults.add({"leg": "add", "kind": "error", "code": "NeverHeardOf", "status": 400})
    (found,) = run_contract(open_account(aws_cloud))
    aws_cloud.image_search.faults.clear()
    assert found.answer is Answer.FAILS
    assert found.evidence.startswith("3 failed, 11 passed; test_added_image_is_there[api]: service_code_unknown")


def test_doctor_is_asked_of_the_stack(aws_cloud, open_account) -> None:
    account = open_account(aws_cloud, LIVE_STACK="local")
    assert [suite.name for suite in find_suites(account.wanted)] == ["CONTRACT", "DOCTOR"]
    (result,) = run_doctor(account)
    assert (result.id, " checks, " in result.evidence) == ("DOCTOR", True)
    assert account.known["doctor"]["canary.picture"]["ok"] is True
