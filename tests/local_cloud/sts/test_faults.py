"""Scripted faults of the local STS."""

import http.client
import time

import pytest

from local_cloud.sts import Fault


def test_an_error_with_its_status(trusting, ask) -> None:
    trusting.sts.faults.add(Fault("error", code="Throttling.User", status=400, times=2))
    assert [ask().refusal for _ in range(2)] == [(400, "Throttling.User")] * 2
    assert ask().status == 200
    assert [call.code for call in trusting.sts.calls[-3:]] == ["Throttling.User", "Throttling.User", "OK"]


def test_a_page_of_a_load_balancer(trusting, ask) -> None:
    trusting.sts.faults.add(Fault("html"))
    answer = ask()
    assert (answer.status, "Bad Gateway" in answer.text) == (502, True)


def test_a_reset(trusting, ask) -> None:
    before = len(trusting.sts.keys)
    trusting.sts.faults.add(Fault("reset"))
    with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
        ask()
    assert len(trusting.sts.keys) == before


def test_a_stall_answers_late(trusting, ask) -> None:
    trusting.sts.faults.add(Fault("stall", seconds=0.3))
    began = time.monotonic()
    assert ask().status == 200
    assert time.monotonic() - began >= 0.3
