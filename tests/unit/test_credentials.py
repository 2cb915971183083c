import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from types import SimpleNamespace

import pytest

from imagesearch_ingest.credentials import (
    Credentials,
    EnvironmentCredentials,
    InvocationCredentials,
    LearnedCredentials,
)
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.redaction import Redactor

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
        ("", "not JSON"),
        ("PLANTED-SECRET", "not JSON"),
        ('{"access_key_secret": "PLANTED-SECRET"', "not JSON"),
        ('"PLANTED-SECRET"', "not a JSON object"),
        ('["PLANTED-SECRET"]', "not a JSON object"),
        ("{}", "access_key_id"),
        (json.dumps(SECRET | {"access_key_id": ""}), "access_key_id"),
        (json.dumps(SECRET | {"access_key_secret": None}), "access_key_secret"),
        (json.dumps(SECRET | {"access_key_secret": ["PLANTED-SECRET"]}), "access_key_secret"),
        (json.dumps(SECRET | {"security_token": 7}), "security_token"),
    ],
)
def test_a_malformed_secret_is_named_but_not_shown(text: str, named: str) -> None:
    with pytest.raises(IngestError) as error:
        Credentials.from_secret(text)
    assert error.value.reason is Reason.CREDENTIALS
    assert named in error.value.detail
    assert "PLANTED" not in error.value.detail
    assert error.value.__cause__ is None
    assert error.value.__suppress_context__ or error.value.__context__ is None


def test_repr_shows_no_secrets() -> None:
    credentials = Credentials.from_secret(json.dumps(SECRET))
    assert "PLANTED" not in repr(credentials)
    assert "PLANTED" not in repr(EnvironmentCredentials({"ALIBABA_CLOUD_ACCESS_KEY_SECRET": "PLANTED-SECRET"}))


def test_a_renewed_environment_is_read_anew() -> None:
    variables = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "one", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "secret"}
    source = EnvironmentCredentials(variables)
    assert source.get() == Credentials("one", "secret", None)
    variables["ALIBABA_CLOUD_ACCESS_KEY_ID"] = "two"
    assert source.get(fresh=True).access_key_id == "two"


def test_an_invocation_may_bring_credentials() -> None:
    own = SimpleNamespace(access_key_id="STS.own", access_key_secret="PLANTED-SECRET", security_token="PLANTED-TOKEN")
    credentials = Credentials.from_context(SimpleNamespace(request_id="r", credentials=own))
    assert credentials == Credentials("STS.own", "PLANTED-SECRET", "PLANTED-TOKEN")
    assert "PLANTED" not in repr(credentials)


@pytest.mark.parametrize("token", [None, ""])
def test_a_context_without_a_token(token: str | None) -> None:
    own = SimpleNamespace(access_key_id="LTAI", access_key_secret="secret", security_token=token)
    assert Credentials.from_context(SimpleNamespace(credentials=own)) == Credentials("LTAI", "secret", None)


@pytest.mark.parametrize(
    "context",
    [
        None,
        SimpleNamespace(request_id="r"),  # Python 3.12's context has none
        SimpleNamespace(credentials=None),
        SimpleNamespace(
            credentials=SimpleNamespace(access_key_id="", access_key_secret="", security_token="")
        ),  # a function without a role
        SimpleNamespace(credentials=SimpleNamespace(access_key_id=None, access_key_secret=None, security_token=None)),
    ],
    ids=["no context", "no attribute", "none", "empty", "nothing in it"],
)
def test_a_context_without_credentials(context: object) -> None:
    assert Credentials.from_context(context) is None


VARIABLES = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "STS.process",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "PLANTED-SECRET",
    "ALIBABA_CLOUD_SECURITY_TOKEN": "PLANTED-TOKEN",
}
LATER = Credentials("STS.later", "PLANTED-OTHER-SECRET", "PLANTED-OTHER-TOKEN")


def test_an_invocations_credentials_end_with_it() -> None:
    source = InvocationCredentials(EnvironmentCredentials(VARIABLES))
    own = Credentials("STS.process", "PLANTED-SECRET", "PLANTED-TOKEN")
    assert source.get() == own
    with source.use(LATER):
        assert source.get() == source.get(fresh=True) == LATER
        with source.use(None):
            assert source.get() == own
    with pytest.raises(KeyError), source.use(LATER):
        raise KeyError
    assert source.get() == own


def test_each_call_reads_the_environment_anew() -> None:
    variables = dict(VARIABLES)
    source = InvocationCredentials(EnvironmentCredentials(variables))
    source.get()
    variables["ALIBABA_CLOUD_SECURITY_TOKEN"] = "renewed"
    assert source.get().security_token == "renewed"


def test_concurrent_invocations_never_mix_credentials() -> None:
    source = InvocationCredentials(EnvironmentCredentials({}))
    several = [Credentials(f"id-{n}", f"secret-{n}", f"token-{n}") for n in range(8)]
    all_began = Barrier(8)

    def invocation(own: Credentials) -> set[Credentials]:
        with source.use(own):
            all_began.wait(10)
            return {source.get() for _ in range(200)}

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(invocation, several)) == [{own} for own in several]


def test_the_repr_of_a_source_shows_no_secrets() -> None:
    source = InvocationCredentials(EnvironmentCredentials(VARIABLES))
    with source.use(LATER):
        assert "PLANTED" not in repr(source)


UNSENDABLE = [
    ("PLANTED-SECRET\n", r"a line feed (\n) at position 15"),
    ("PLANTED-SECRET\r\n", r"a carriage return (\r) at position 15"),
    (" PLANTED-SECRET", "a blank at position 1"),
    ("PLANTED SECRET", "a blank at position 8"),
    ("PLANTED\tSECRET", r"a tab (\t) at position 8"),
    ("PLANTED\u200bSECRET", r"a zero width space (\u200b) at position 8"),
    ("\ufeffPLANTED-SECRET", r"a zero width no-break space (\ufeff) at position 1"),
    ("PLANTED\xa0SECRET", r"a no-break space (\xa0) at position 8"),
    ("PLANTED-SECRET\x00", r"a control character (\x00) at position 15"),
    ("PLANTED-SECRET\x7f", r"a control character (\x7f) at position 15"),
    ("PLANTED\u2010SECRET", r"a hyphen (\u2010) at position 8"),
    ("PLANTED-SECRET\udce9", r"a control character (\udce9) at position 15"),
    ("PLANTED-\U0001f511", r"a key (\U0001f511) at position 9"),
]
IN_VARIABLES = ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN")
IN_FIELDS = ("access_key_id", "access_key_secret", "security_token")


def refusal(source) -> IngestError:
    with pytest.raises(IngestError) as error:
        source()
    assert error.value.reason is Reason.CREDENTIALS
    assert "PLANTED" not in f"{error.value!r} {error.value.__cause__!r} {error.value.__context__!r}"
    return error.value


@pytest.mark.parametrize(("value", "said"), UNSENDABLE)
@pytest.mark.parametrize("name", IN_VARIABLES)
def test_a_variable_with_an_invisible_character_is_refused(name: str, value: str, said: str) -> None:
    source = EnvironmentCredentials(VARIABLES | {name: value})
    assert refusal(source.get).detail == f"{name} has {said}: remove it"
    assert refusal(InvocationCredentials(source).get).detail == f"{name} has {said}: remove it"


@pytest.mark.parametrize(("value", "said"), UNSENDABLE)
@pytest.mark.parametrize("field", IN_FIELDS)
def test_a_secret_with_an_invisible_character_is_refused(field: str, value: str, said: str) -> None:
    error = refusal(lambda: Credentials.from_secret(json.dumps(SECRET | {field: value})))
    assert error.detail == f"the field {field} of the secret of INGEST_CREDENTIALS_SECRET has {said}: remove it"


@pytest.mark.parametrize("field", IN_FIELDS)
def test_a_context_with_an_invisible_character_is_refused_at_its_use(field: str) -> None:
    own = dict.fromkeys(IN_FIELDS, "PLANTED") | {field: "PLANTED\n"}
    source = InvocationCredentials(EnvironmentCredentials(VARIABLES))
    with source.use(Credentials.from_context(SimpleNamespace(credentials=SimpleNamespace(**own)))):
        error = refusal(source.get)
    assert (
        error.detail == rf"the field {field} of the invocation's context has a line feed (\n) at position 8: remove it"
    )


def test_all_printable_characters_are_accepted() -> None:
    printable = "".join(map(chr, range(0x21, 0x7F)))
    assert EnvironmentCredentials(VARIABLES | {IN_VARIABLES[1]: printable}).get().access_key_secret == printable


@pytest.mark.parametrize("blanks", ["{}\n", " {}", "\t{}\r\n"])
def test_a_refused_secret_is_redacted_all_the_same(blanks: str) -> None:
    redactor, secret = Redactor(), "PLANTED-SECRET-OF-SOMEBODY"
    source = EnvironmentCredentials(VARIABLES | {IN_VARIABLES[1]: blanks.format(secret)})
    refusal(LearnedCredentials(source, redactor).get)
    assert secret not in redactor.data(f"a/{secret}.jpg") + redactor.prose(secret)
