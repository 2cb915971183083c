"""No token and no key of the keyless source stands in an error, in its causes or in what is written."""

import json
import logging
import traceback
from dataclasses import replace
from urllib.parse import quote, quote_plus

import pytest

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.redaction import Redactor
from tests.support.fakes import VirtualClock
from tests.support.sts_wire import TwoSts, alibaba_error, issued_key, key_answer, token_answer, token_number
from tests.support.wire import RESET, Answer

KEY_1 = issued_key(1)


def check_silence(error: BaseException, *secrets: str) -> None:
    """Check that no secret, however encoded, stands in the error, in its causes or in their attributes."""
    forms = [form for secret in secrets for form in (secret, quote(secret, safe=""), quote_plus(secret))]
    texts = ["".join(traceback.format_exception(error))]
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop()
        texts += [str(one), repr(one)]
        if isinstance(one, BaseException):
            waiting += [one.__cause__, one.__context__, *one.args, *vars(one).values()]
    assert not [form for form in forms for text in texts if form in text]


ECHOES = {
    "an error": lambda token: alibaba_error("AuthenticationFail.OIDCToken.Invalid", message=f"Bad token {token}"),
    "a page": lambda token: Answer(
        502, f"<html>{quote(token, safe='')}</html>".encode(), {"Content-Type": "text/html"}
    ),
    "half an answer": lambda token: Answer(
        200, f'{{"OIDCToken": "{token}'.encode(), {"Content-Type": "application/json"}
    ),
    "a reset": lambda _: RESET,
    "no key": lambda token: Answer(
        200, json.dumps({"OIDCToken": token}).encode(), {"Content-Type": "application/json"}
    ),
}


@pytest.mark.parametrize("echo", ECHOES)
def test_no_error_of_the_exchange_holds_the_token(sts: TwoSts, echo: str) -> None:
    sts.alibaba.answer = lambda _: ECHOES[echo](sts.tokens[-1])
    try:
        with pytest.raises(IngestError) as error:
            sts.source(VirtualClock()).get()
    finally:
        sts.alibaba.answer = sts.answer_as_alibaba
    check_silence(error.value, sts.tokens[-1])


def test_no_error_through_a_proxy_holds_its_password(sts: TwoSts) -> None:
    password = "planted" * 3
    with pytest.raises(IngestError) as error:
        sts.source(VirtualClock(), https_proxy=f"http://user:{password}@127.0.0.1:9").get()
    check_silence(error.value, password)


def test_no_error_of_a_broken_answer_holds_the_key(sts: TwoSts) -> None:
    answer = key_answer(1)
    sts.alibaba_says = replace(answer, body=answer.body[:-3])
    with pytest.raises(IngestError) as error:
        sts.source(VirtualClock()).get()
    check_silence(error.value, KEY_1.access_key_id, KEY_1.access_key_secret, KEY_1.security_token)


@pytest.mark.parametrize("cut", [-1, -30, -200])
def test_no_error_of_a_broken_answer_holds_the_token(sts: TwoSts, cut: int) -> None:
    token = token_number(1)
    answer = token_answer(token)
    sts.aws_says = replace(answer, body=answer.body[:cut])
    with pytest.raises(IngestError) as error:
        sts.source(VirtualClock()).get()
    check_silence(error.value, token)


def test_the_redactor_knows_a_token_before_it_is_sent(sts: TwoSts) -> None:
    redactor = Redactor()
    token = token_number(1).replace("eyJ", "xyz")  # nothing about its form gives it away
    sts.aws_says = token_answer(token)
    sts.alibaba_says = alibaba_error("AuthenticationFail.OIDCToken.Invalid")
    with pytest.raises(IngestError):
        sts.source(VirtualClock(), redactor).get()
    for form in (token, quote(token, safe=""), quote_plus(token)):
        assert "signature" not in redactor.data(f"a {form} b")


def test_nothing_is_written_while_a_key_is_had(sts: TwoSts, caplog: pytest.LogCaptureFixture, capfd) -> None:
    caplog.set_level(logging.INFO)
    sts.source(VirtualClock()).get()
    captured = capfd.readouterr()
    for text in (caplog.text, captured.out, captured.err):
        assert sts.tokens[0] not in text
        assert KEY_1.access_key_secret not in text
        assert KEY_1.security_token not in text
