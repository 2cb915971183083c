import json

import pytest

from imagesearch_ingest.credentials import Credentials, EnvironmentCredentials
from imagesearch_ingest.errors import IngestError
from imagesearch_ingest.reasons import Reason

SECRET = {"access_key_id": "LTAI-one", "access_key_secret": "PLANTED-SECRET", "security_token": "PLANTED-TOKEN"}


def test_a_secret_has_the_documented_fields() -> None:
    credentials = Credentials.from_secret(json.dumps(SECRET | {"note": "another field"}))
    assert credentials == Credentials("LTAI-one", "PLANTED-SECRET", "PLANTED-TOKEN")


@pytest.mark.parametrize("token", [{}, {"security_token": None}, {"security_token": ""}])
def test_the_token_may_be_left_out(token: dict[str, object]) -> None:
    secret = {name: value for name, value in SECRET.items() if name != "security_token"} | token
    assert Credentials.from_secret(json.dumps(secret)).security_token is None


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "no JSON"),
        ("PLANTED-SECRET", "no JSON"),
        ('{"access_key_secret": "PLANTED-SECRET"', "no JSON"),
        ('"PLANTED-SECRET"', "no JSON object"),
        ('["PLANTED-SECRET"]', "no JSON object"),
        ("{}", "access_key_id"),
        (json.dumps(SECRET | {"access_key_id": ""}), "access_key_id"),
        (json.dumps(SECRET | {"access_key_secret": None}), "access_key_secret"),
        (json.dumps(SECRET | {"access_key_secret": ["PLANTED-SECRET"]}), "access_key_secret"),
        (json.dumps(SECRET | {"security_token": 7}), "security_token"),
    ],
)
def test_a_malformed_secret_is_named_and_never_shown(text: str, named: str) -> None:
    with pytest.raises(IngestError) as error:
        Credentials.from_secret(text)
    assert error.value.reason is Reason.CREDENTIALS
    assert named in error.value.detail
    assert "PLANTED" not in error.value.detail
    assert error.value.__cause__ is None
    assert error.value.__suppress_context__ or error.value.__context__ is None


def test_no_credentials_show_what_is_secret_of_them() -> None:
    credentials = Credentials.from_secret(json.dumps(SECRET))
    assert "PLANTED" not in repr(credentials)
    assert "PLANTED" not in repr(EnvironmentCredentials({"ALIBABA_CLOUD_ACCESS_KEY_SECRET": "PLANTED-SECRET"}))


def test_an_environment_that_is_renewed_is_read_anew() -> None:
    variables = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "one", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "secret"}
    source = EnvironmentCredentials(variables)
    assert source.get() == Credentials("one", "secret", None)
    variables["ALIBABA_CLOUD_ACCESS_KEY_ID"] = "two"
    assert source.get(fresh=True).access_key_id == "two"
