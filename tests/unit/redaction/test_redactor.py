import base64
import json
import time
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagesearch_ingest.redaction.redactor import Redactor, redact, redact_data

PLANTED = "PLANTEDplantedPLANTED0"
KEY_ID = "LTAI5tPLANTEDplanted1234"
AWS_KEY_ID = "AKIAPLANTEDPLANTED00"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJwbGFudGVkIn0.c2lnbmF0dXJlUExBTlRFRA"
POLICY = base64.b64encode(b'{"expiration":"2026-01-01T00:00:00Z","conditions":[]}').decode()
AWS_QUERY = f"X-Amz-Credential={AWS_KEY_ID}%2F20260101&X-Amz-Security-Token={PLANTED}&X-Amz-Signature={PLANTED}"
OSS_QUERY = f"OSSAccessKeyId={KEY_ID}&Expires=1&Signature={PLANTED}%3D&security-token={PLANTED}"

# Hidden in prose and in data.
SECRETS = [
    f"https://b.s3.amazonaws.com/k.jpg?{AWS_QUERY}",
    f"https://b.oss-cn-shanghai.aliyuncs.com/k.jpg?{OSS_QUERY}",
    quote_plus(f"https://b.s3.amazonaws.com/k.jpg?{AWS_QUERY}", safe="/"),
    quote(quote(f"https://b.s3.amazonaws.com/k.jpg?{AWS_QUERY}", safe=""), safe=""),
    json.dumps({"url": f"https://h/k?{OSS_QUERY}"}).replace("&", "\\u0026").replace("=", "\\u003d"),
    f"Max retries exceeded with url: /?Action=AssumeRoleWithOIDC&OIDCToken={JWT} (Caused by SSLError)",
    f"k?{AWS_QUERY}",
    json.dumps({"access_key_id": KEY_ID, "access_key_secret": PLANTED, "security_token": PLANTED}),
    json.dumps(json.dumps({"access_key_secret": PLANTED, "n": 1})),
    str({"access_key_secret": PLANTED, "Authorization": f"ACS3-HMAC-SHA256 Credential=x,Signature={PLANTED}"}),
    f"Credentials(access_key_secret='{PLANTED}')",
    f"ALIBABA_CLOUD_ACCESS_KEY_SECRET={PLANTED}",
    f"Authorization: ACS3-HMAC-SHA256 Credential={KEY_ID},SignedHeaders=host,Signature={PLANTED}\nHost: h",
    f"Authorization: Bearer {PLANTED}",
    f"x-acs-security-token:{PLANTED}\nx-acs-version:1",
    f"X-Amz-Security-Token: {PLANTED}",
    f"<Error><OSSAccessKeyId>{PLANTED}</OSSAccessKeyId><SignatureProvided>{PLANTED}</SignatureProvided></Error>",
    f"<StringToSign>GET\n{PLANTED}</StringToSign>",
    f"OSSAccessKeyId={KEY_ID}&policy={POLICY}&Signature={PLANTED}",
    f'{{"policy": "{POLICY}", "signature": "{PLANTED}", "Token": "{PLANTED}"}}',
    json.dumps({"policy": json.dumps({"expiration": PLANTED})}),
    f"the key {KEY_ID} or {AWS_KEY_ID} or STS.NTPLANTEDplanted",
    f"the token {JWT} and the policy {POLICY}",
    f"https://user:{PLANTED}@proxy:3128/",
    f'{{"security_token": "{PLANTED}',  # cut off
]
# Hidden in prose only: these could be ordinary names.
PROSE_SECRETS = [
    "https://hooks.example/x?key=PLANTED",
    "INGEST_QUEUE_URL is 'user:PLANTED@sqs.example': no URL",
    "https://user:PLAN/TED@PLANTED@host/q",
    "https://PLANTED@host/q",
    "signature=PLANTED",
]
# Unchanged in data.
ORDINARY = [
    "a?b=c.jpg",
    "a&b=c;d?.jpg",
    "100%.jpg",
    "policy=red.jpg",
    "signature=red-shoes-in-summer-2024-and-later.jpg",
    "tokens/token=abc/front.jpg",
    "secret/password/front.jpg",
    "mirror/https://shop.example/picture?id=1&size=2.jpg",
    "user:name@home.jpg",
    "鞋/👟=1.jpg",
    "LTAI/AKIA/STS.jpg",
    "eyJ.jpg",
    '{"Records":[{"s3":{"object":{"key":"a%3Fb%3Dc%26d.jpg","eTag":"0123456789abcdef0123456789abcdef"}}}]}',
    '{"x-amz-id-2": "FMyUVURIY8/IgAtTv8xRjskZQpcIZ9KG4V5Wp6S7S/JRWeUWerMUE5JgHvANOjpD"}',
    "***",
]


@pytest.mark.parametrize("text", SECRETS)
@pytest.mark.parametrize("hide", [redact, redact_data])
def test_secrets_are_hidden_in_both_modes(hide, text: str) -> None:
    hidden = hide(text)
    assert "PLANTED" not in hidden.upper()
    assert not any(secret in hidden for secret in (JWT, POLICY, "c2lnbmF0"))
    assert hide(hidden) == hidden


@pytest.mark.parametrize("text", PROSE_SECRETS)
def test_prose_hides_suspicious_values_too(text: str) -> None:
    assert "PLANTED" not in redact(text)


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_data_does_not_change(text: str) -> None:
    assert redact_data(text) == text


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        (f"GET https://b.example/k.jpg?{OSS_QUERY} failed", "GET https://b.example/k.jpg?… failed"),
        (json.dumps({"access_key_secret": PLANTED, "n": 1}), '{"access_key_secret": "***", "n": 1}'),
        (f"Authorization: Bearer {PLANTED}\nHost: h", "Authorization: ***\nHost: h"),
        ("https://user:word@proxy:3128/", "https://***@proxy:3128/"),
        (f"a=1&Signature={PLANTED}&b=2", "a=1&Signature=***&b=2"),
        (f"a%3D1%26Signature%3D{PLANTED}%26b%3D2", "a%3D1%26Signature%3D***%26b%3D2"),
    ],
)
@pytest.mark.parametrize("hide", [redact, redact_data])
def test_the_shape_stays_readable(hide, text: str, hidden: str) -> None:
    assert hide(text) == hidden


@pytest.mark.parametrize(
    "text",
    [
        "AddImage: InvalidAccessKeyId.NotFound",
        "InvalidSecurityToken: the security token is expired",
        "the request signature does not match the signature you provided",
        "reading s3://shop: AccessDenied",
        "arn:aws:iam::123456789012:role/ingest",
    ],
)
def test_sentences_about_keys_do_not_change(text: str) -> None:
    assert redact(text) == text


def test_redacted_json_is_valid_json() -> None:
    body = {"url": f"https://h/k?{OSS_QUERY}", "policy": POLICY, "nested": json.dumps({"Signature": PLANTED, "n": 1})}
    hidden = json.loads(redact_data(json.dumps(body)))
    assert json.loads(hidden["nested"]) == {"Signature": "***", "n": 1}
    assert hidden["url"] == "https://h/k?…"


# Secrets that are known by their values.

VALUE = "s3cret+with/odd=chars"


@pytest.mark.parametrize(
    "form",
    [
        VALUE,
        quote(VALUE),
        quote(VALUE, safe=""),
        quote(VALUE, safe="").lower(),
        quote_plus(VALUE),
        base64.b64encode(VALUE.encode()).decode(),
        base64.urlsafe_b64encode(VALUE.encode()).decode(),
    ],
)
def test_known_values_are_hidden_in_every_form(form: str) -> None:
    redactor = Redactor(VALUE, None)
    for hide in (redactor.prose, redactor.data):
        assert hide(f"it echoes {form}.") in ("it echoes ***.", "it echoes ***=.", "it echoes ***==.")


def test_values_can_be_learned_later() -> None:
    redactor = Redactor()
    redactor.learn("id", VALUE, None, "")
    assert redactor.data(f"did {VALUE}") == "did ***"
    redactor.learn("another-value")
    assert redactor.prose(f"{VALUE} another-value") == "*** ***"


def test_secrets_of_the_environment_are_known() -> None:
    redactor = Redactor.from_environment(
        {
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "first-planted",
            "AWS_SESSION_TOKEN": "second-planted",
            "INGEST_HTTPS_PROXY": "http://user:third-planted@proxy",
            "ALIBABA_CLOUD_OIDC_TOKEN_FILE": "/run/token",
            "INGEST_CREDENTIALS_SECRET": "name-of-a-secret",
            "INGEST_QUEUE_URL": "https://[no-url@",
        }
    )
    text = "first-planted second-planted third-planted /run/token name-of-a-secret"
    assert redactor.prose(text) == "*** *** *** /run/token name-of-a-secret"


def test_secrets_within_json_are_known() -> None:
    settings = '{"INGEST_HTTPS_PROXY": "http://user:first-planted@proxy", "INGEST_HTTPS_PROXY": "", '
    settings += '"ALIBABA_CLOUD_ACCESS_KEY_SECRET": "second-\\u0070lanted", "INGEST_DEFAULT_CROP": true}'
    redactor = Redactor.from_environment({"INGEST_EXTRA_SETTINGS": settings, "OTHER": "{[", "DEEP": "{" * 9})
    assert redactor.prose("first-planted second-planted") == "*** ***"


# Any text can be redacted.

PIECES = [
    "a",
    "https://",
    "://",
    "://a:",
    "eyJ",
    "signature=",
    '"token":"',
    "a:",
    "%3D",
    "\\",
    "token\\",
    "token ",
    "a.b-c ",
    "authorization:",
    "<policy>",
    "token%3D",
    "https://a?",
    "secret_access_key_id",
    "AKIA",
    "\\u0026",
]


@given(st.text(alphabet="aT=:/?&%\"'\\@<> 3D26eyJ.-_signatureoklcyp", max_size=200))
def test_redaction_reaches_a_fixed_point(text: str) -> None:
    for hide in (redact, redact_data):
        assert hide(hide(text)) == hide(hide(hide(text)))


@pytest.mark.parametrize(
    "piece",
    PIECES,
)
@pytest.mark.parametrize("hide", [redact, redact_data])
def test_a_long_message_is_redacted_quickly(hide, piece: str) -> None:
    text = piece * (100_000 // len(piece))
    begun = time.thread_time()
    hide(text)
    assert time.thread_time() - begun < 3


@pytest.mark.parametrize(
    "key",
    [
        "Victoria's Secret: 'Angel'.jpg",
        "Cookie: chocolate.jpg",
        "token='x.jpg",
        "LTAIshoes12345.jpg",
        "STS.photo12345.jpg",
        "policy=red-shoes-in-summer.jpg",
        "token=summer.jpg",
        "a?b=c&d.jpg",
        "user:name/front.jpg",
        "Secret Garden/rose #1.jpg",
    ],
)
def test_ordinary_keys_do_not_change(key: str) -> None:
    assert redact_data(key) == key
    assert Redactor.from_environment({"MY_TOKEN": "pictures"}).data(f"pictures/{key}") == f"pictures/{key}"


@pytest.mark.parametrize("before", ["", "a", "ab", "abc"])
@pytest.mark.parametrize("after", ["", "x", "xy"])
@pytest.mark.parametrize("secret", ["wJalrXUtnFEMI/K7MDENG", "wJalrXUtnFEMI/K7MDEN", "wJalrXUtnFEMI/K7MDE"])
def test_known_value_is_found_within_longer_base64(before: str, after: str, secret: str) -> None:
    text = base64.b64encode(f"{before}{secret}{after}".encode()).decode()
    shown = Redactor(secret).data(f"body {text} end").removeprefix("body ").removesuffix(" end")
    left = shown.replace("***", "").replace("=", "")
    assert "***" in shown
    assert len(left) <= len(base64.b64encode((before + after).encode())) + 2
