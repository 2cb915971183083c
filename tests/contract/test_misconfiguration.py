"""Connections that a setting prevents, and those that only fail, on every leg: the real SDKs over sockets and TLS."""

import io
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest
import trustme

from imagesearch_ingest.adapters.alibaba.oss import OssObjectStore
from imagesearch_ingest.adapters.alibaba.oss_client import oss_client
from imagesearch_ingest.adapters.alibaba.smq import SmqDeadLetterQueue
from imagesearch_ingest.adapters.aws import client
from imagesearch_ingest.adapters.aws.client import aws_client
from imagesearch_ingest.adapters.aws.s3 import S3ObjectStore
from imagesearch_ingest.adapters.aws.secrets_manager import SecretsManagerCredentials
from imagesearch_ingest.adapters.aws.sqs import SqsDeadLetterQueue, SqsEventQueue
from imagesearch_ingest.adapters.image_search.api import ImageSearchApi, make_client, runtime_options
from imagesearch_ingest.adapters.image_search.options import ApiOptions
from imagesearch_ingest.credentials import Credentials
from imagesearch_ingest.image_search import DeleteImageRequest
from imagesearch_ingest.model.errors import IngestError, SettingsError
from imagesearch_ingest.model.objects import ObjectRef
from imagesearch_ingest.model.reasons import FaultClass, Reason
from local_cloud.aws import AwsServer
from tests.support.fakes import FixedCredentials, VirtualClock, a_letter

KEY = FixedCredentials(Credentials("id", "secret", None))
REMOVAL = DeleteImageRequest(instance_name="demo", product_id="p", pic_name="p/1.jpg")
S3_REF, OSS_REF = ObjectRef("aws", "shop", "a.jpg"), ObjectRef("alibaba", "shop", "a.jpg")
SMQ_URL = "https://1.mns.cn-nowhere.aliyuncs.com/queues/q"
HOST = "127.0.0.1"

Call = Callable[[], object]


@pytest.fixture(autouse=True)
def _aws_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    client._session.cache_clear()  # noqa: SLF001 - it keeps the first key, proxy and bundle that it finds


def client_of(service: str, region: str = "us-east-1") -> object:
    return aws_client(service, {"AWS_REGION": region}, connect_timeout=2, read_timeout=2)


def s3() -> object:
    return S3ObjectStore(client_of("s3")).head(S3_REF)


def sqs_ack() -> object:
    return SqsEventQueue(client_of("sqs"), "https://sqs.us-east-1.amazonaws.com/1/q").ack("r")


def sqs_letter() -> object:
    return SqsDeadLetterQueue(client_of("sqs"), "https://sqs.us-east-1.amazonaws.com/1/q").send(a_letter())


def secret() -> object:
    return SecretsManagerCredentials(client_of("secretsmanager"), "name", VirtualClock()).get()


def oss(endpoint: str | None = None, ca_bundle: Path | None = None) -> object:
    made = oss_client(KEY, region="cn-nowhere", endpoint=endpoint, ca_bundle=ca_bundle, read_timeout=2)
    return OssObjectStore(made).fetch(OSS_REF, 9)


def smq(url: str = SMQ_URL, ca_bundle: Path | None = None) -> object:
    queue = SmqDeadLetterQueue(url, KEY, connect_timeout=2, read_timeout=2, ca_bundle=ca_bundle)
    return queue.send(a_letter())


def authorize() -> object:
    return ImageSearchApi(ApiOptions("us-west-1"), KEY).upload(b"picture")


def upload() -> object:
    """Make the second request of an upload, whose host the first one would have named."""
    options, form = ApiOptions("ap-southeast-1"), {"host": "oss-accelerate.aliyuncs.com"}
    sdk = make_client(options, KEY.get())
    file = SimpleNamespace(filename="f", content=io.BytesIO(b"picture"), content_type="")
    return sdk._post_ossobject("temp", form | {"file": file}, runtime_options(options))  # noqa: SLF001 - the SDK's


def delete(**options: object) -> object:
    return ImageSearchApi(ApiOptions("us-west-1", **options), KEY).delete(REMOVAL)


def fault(call: Call) -> IngestError:
    with pytest.raises(IngestError) as error:
        call()
    return error.value


# Names.

LEGS = {
    "bucket on S3": (s3, Reason.BUCKET_MISSING, "shop.s3.amazonaws.com", "AWS_REGION"),
    "queue on SQS": (sqs_ack, Reason.SETTINGS_REFUSED, "sqs.us-east-1.amazonaws.com", "AWS_REGION"),
    "letters on SQS": (sqs_letter, Reason.SETTINGS_REFUSED, "sqs.us-east-1.amazonaws.com", "AWS_REGION"),
    "secret": (secret, Reason.SETTINGS_REFUSED, "secretsmanager.us-east-1.amazonaws.com", "AWS_REGION"),
    "bucket on OSS": (
        oss,
        Reason.SETTINGS_REFUSED,
        "shop.oss-cn-nowhere-internal.aliyuncs.com",
        "INGEST_BUCKET_ENDPOINT",
    ),
    "queue on SMQ": (smq, Reason.SETTINGS_REFUSED, "1.mns.cn-nowhere.aliyuncs.com", "INGEST_DEAD_LETTER_QUEUE_URL"),
    "authorisation": (authorize, Reason.SETTINGS_REFUSED, "openplatform.aliyuncs.com", "INGEST_HTTPS_PROXY"),
    "upload": (upload, Reason.SETTINGS_REFUSED, "temp.oss-accelerate.aliyuncs.com", "INGEST_UPLOAD_ENDPOINT_TYPE"),
    "delete": (delete, Reason.SETTINGS_REFUSED, "imagesearch.us-west-1.aliyuncs.com", "INGEST_INSTANCE_REGION"),
}


def resolve_with(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def getaddrinfo(*_: object, **__: object) -> object:
        raise socket.gaierror(number, "Scripted.")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


@pytest.mark.parametrize("leg", LEGS)
@pytest.mark.parametrize("number", [socket.EAI_NONAME, socket.EAI_NODATA], ids=["no name", "no address"])
def test_a_host_that_does_not_exist_is_systemic(monkeypatch: pytest.MonkeyPatch, leg: str, number: int) -> None:
    call, reason, host, variable = LEGS[leg]
    resolve_with(monkeypatch, number)
    error = fault(call)
    assert (error.reason, error.attempts) == (reason, 2)
    assert error.is_systemic
    assert f"the host {host} does not exist" in error.detail
    assert variable in error.detail


@pytest.mark.parametrize("leg", LEGS)
@pytest.mark.parametrize("number", [socket.EAI_AGAIN, socket.EAI_FAIL], ids=["no answer", "failed"])
def test_a_resolver_that_fails_is_weather(monkeypatch: pytest.MonkeyPatch, leg: str, number: int) -> None:
    resolve_with(monkeypatch, number)
    error = fault(LEGS[leg][0])
    assert error.reason is Reason.NETWORK


@pytest.mark.parametrize("leg", [s3, sqs_ack, sqs_letter, secret])
def test_an_endpoint_of_aws_that_does_not_exist_is_named(monkeypatch: pytest.MonkeyPatch, leg: Call) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://storage.invalid")
    resolve_with(monkeypatch, socket.EAI_NONAME)
    error = fault(leg)
    assert error.is_systemic
    assert "the host storage.invalid does not exist" in error.detail
    assert "AWS_ENDPOINT_URL" in error.detail


@pytest.mark.parametrize(
    "bucket",
    [
        "arn:aws:s3:xx-nowhere-9:123456789012:accesspoint/x",
        "arn:aws:s3::123456789012:accesspoint:nowhere.mrap",
        "arn:aws:s3:::shop",
        "shop--no1-az9--x-s3",
        "shop--use1-az4--x-s3",
    ],
)
def test_a_bucket_that_leads_nowhere_stops_no_other(monkeypatch: pytest.MonkeyPatch, bucket: str) -> None:
    """Whoever can write to the queue chooses the name of the bucket."""
    resolve_with(monkeypatch, socket.EAI_NONAME)
    error = fault(lambda: S3ObjectStore(client_of("s3")).head(ObjectRef("aws", bucket, "a.jpg")))
    assert not error.reason.stops_batch


@pytest.mark.parametrize(
    ("variable", "value"), [("AWS_REGION", "us east"), ("AWS_ENDPOINT_URL", "nonsense"), ("AWS_PROFILE", "nobody")]
)
def test_an_invalid_variable_of_aws_stops_the_start(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match="is invalid, so no client for s3"):
        client_of("s3", value if variable == "AWS_REGION" else "us-east-1")


# Proxies.


@pytest.mark.parametrize("leg", [authorize, delete])
def test_a_proxy_that_refuses_connections_is_weather(leg: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    assert fault(leg).reason is Reason.NETWORK


@pytest.mark.parametrize(("leg", "variable"), [(delete, "INGEST_HTTPS_PROXY"), (sqs_ack, "HTTPS_PROXY")])
def test_a_proxy_that_does_not_exist_is_systemic(monkeypatch, leg: Call, variable: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://user:PLANTED@proxy.invalid:3128")
    resolve_with(monkeypatch, socket.EAI_NONAME)
    error = fault(leg)
    assert error.reason is Reason.SETTINGS_REFUSED
    assert error.detail.endswith(f"the proxy's host does not exist. Check {variable}")


def test_a_cached_key_outlives_a_name_that_is_lost(aws: AwsServer, monkeypatch, unique_name: str) -> None:
    client, clock = aws.client("secretsmanager"), VirtualClock()
    client.create_secret(Name=unique_name, SecretString='{"access_key_id": "id", "access_key_secret": "secret"}')
    source = SecretsManagerCredentials(client, unique_name, clock)
    assert source.get() == KEY.get()
    clock.sleep(15 * 60)
    resolve_with(monkeypatch, socket.EAI_NONAME)
    client.close()  # and with it the open connections
    assert source.get() == KEY.get()
    assert fault(lambda: source.get(fresh=True)).reason is Reason.SETTINGS_REFUSED


@pytest.mark.parametrize("url", ["http://127.0.0.1:99999", "http://a b", "http://a..b", "socks9://a"])
@pytest.mark.parametrize("leg", [delete, sqs_ack])
def test_an_invalid_url_of_a_proxy_is_systemic(monkeypatch: pytest.MonkeyPatch, leg: Call, url: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", url)
    error = fault(leg)
    assert error.reason is Reason.SETTINGS_REFUSED
    assert "HTTPS_PROXY" in error.detail


class Proxy(BaseHTTPRequestHandler):
    status = 407

    def do_CONNECT(self) -> None:
        self.send_error(self.status)

    def log_message(self, *_: object) -> None:
        """Write nothing."""


def serve(handler: type[BaseHTTPRequestHandler], context: ssl.SSLContext | None = None) -> ThreadingHTTPServer:
    server = ThreadingHTTPServer((HOST, 0), handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a client that hangs up
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    return server


@pytest.fixture
def proxy() -> Iterator[str]:
    server = serve(Proxy)
    yield f"http://{HOST}:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (407, Reason.SETTINGS_REFUSED),
        (403, Reason.SETTINGS_REFUSED),
        (502, Reason.NETWORK),
        (503, Reason.NETWORK),
    ],
)
def test_a_proxys_status_decides(monkeypatch: pytest.MonkeyPatch, proxy: str, status: int, reason: Reason) -> None:
    monkeypatch.setattr(Proxy, "status", status)
    assert fault(lambda: delete(https_proxy=proxy)).reason is reason


def test_an_https_proxy_that_speaks_http_is_systemic(proxy: str) -> None:
    error = fault(lambda: delete(https_proxy=proxy.replace("http:", "https:")))
    assert error.reason is Reason.SETTINGS_REFUSED
    assert "does not speak TLS" in error.detail


# Certificates.


class Server(BaseHTTPRequestHandler):
    def _respond(self) -> None:
        self.send_error(503)

    do_GET = do_HEAD = do_POST = _respond  # noqa: N815 - http.server's names

    def log_message(self, *_: object) -> None:
        """Write nothing."""


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def bundle(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return path


@pytest.fixture
def tls_server(request: pytest.FixtureRequest, authority: trustme.CA) -> Iterator[int]:
    """Yield the port of a server whose certificate is as the parameter says."""
    kind = request.param
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    names = [HOST, "shop.localhost"] if kind != "another host's" else ["elsewhere.example"]
    until = datetime.now(UTC) - timedelta(days=1) if kind == "expired" else None
    (authority if kind != "unknown" else trustme.CA()).issue_cert(*names, not_after=until).configure_cert(context)
    server = serve(Server, context)
    yield server.server_port
    server.shutdown()
    server.server_close()


REFUSED = pytest.mark.parametrize("tls_server", ["unknown", "expired", "another host's"], indirect=True)
TRUSTED = pytest.mark.parametrize("tls_server", ["good"], indirect=True)


def leave(bundle: Path, port: int, monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[Call, str]]:
    """Return a call on each leg to the server, and the variable that its error must name."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"https://{HOST}:{port}")
    monkeypatch.setenv("AWS_CA_BUNDLE", str(bundle))
    return {
        "S3": (s3, "AWS_CA_BUNDLE"),
        "SQS": (sqs_letter, "AWS_CA_BUNDLE"),
        "secret": (secret, "AWS_CA_BUNDLE"),
        "OSS": (lambda: oss(f"https://{HOST}:{port}", bundle), "INGEST_CA_BUNDLE"),
        "SMQ": (lambda: smq(f"https://{HOST}:{port}/queues/q", bundle), "INGEST_CA_BUNDLE"),
        "Image Search": (lambda: delete(endpoint=f"{HOST}:{port}", ca_bundle=bundle), "INGEST_CA_BUNDLE"),
    }


ON_TLS = ["S3", "SQS", "secret", "OSS", "SMQ", "Image Search"]


@REFUSED
@pytest.mark.parametrize("leg", ON_TLS)
def test_a_refused_certificate_is_systemic(monkeypatch, tls_server: int, bundle: Path, leg: str) -> None:
    call, variable = leave(bundle, tls_server, monkeypatch)[leg]
    error = fault(call)
    assert (error.reason, error.attempts) == (Reason.SETTINGS_REFUSED, None)
    assert f"the certificate of the host {HOST}" in error.detail
    assert variable in error.detail


@TRUSTED
@pytest.mark.parametrize("leg", ON_TLS)
def test_a_trusted_server_that_fails_is_weather(monkeypatch, tls_server: int, bundle: Path, leg: str) -> None:
    call, _ = leave(bundle, tls_server, monkeypatch)[leg]
    assert fault(call).reason.fault_class is FaultClass.TRANSIENT


@TRUSTED
def test_a_bundle_without_certificates_is_systemic(tls_server: int, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    error = fault(lambda: delete(endpoint=f"{HOST}:{tls_server}", ca_bundle=tmp_path / "ca.pem"))
    assert error.reason is Reason.SETTINGS_REFUSED
    assert "INGEST_CA_BUNDLE" in error.detail


# Headers and keys.


def test_a_header_with_a_line_break_is_systemic(monkeypatch: pytest.MonkeyPatch) -> None:
    server = serve(Server)
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{HOST}:{server.server_port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "PLANTED\n")
    for call in (s3, sqs_ack, secret):
        error = fault(call)
        assert error.reason is Reason.SETTINGS_REFUSED
        assert "PLANTED" not in error.detail
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    "key",
    [
        "a\nb",
        "a\r\nHost: x",
        "\x00",
        "\x7f",
        "//evil.invalid/x",
        "http://evil.invalid/",
        "a?b#c",
        "\udc80",
        "é" * 300,
        "..",
    ],
)
def test_no_key_of_an_object_is_a_fault_of_the_settings(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    server = serve(Server)
    url = f"http://{HOST}:{server.server_port}"
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    stores = {
        "aws": S3ObjectStore(client_of("s3")),
        "alibaba": OssObjectStore(oss_client(KEY, region="cn-nowhere", endpoint=url)),
    }
    for cloud, store in stores.items():
        ref = ObjectRef(cloud, "shop", key)
        assert not fault(partial(store.head, ref)).is_systemic
        assert not fault(partial(store.fetch, ref, 9)).is_systemic
    server.shutdown()
    server.server_close()
