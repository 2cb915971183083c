"""The function's variables are read by a signed call, at the host and the path of Function Compute's SDK."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from alibabacloud_fc20230330.models import GetFunctionResponse

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ops.deployment import find_deployment
from imagesearch_ops.errors import InputError
from imagesearch_ops.fc_function import read_function
from local_cloud.image_search.errors import ImageSearchError
from local_cloud.image_search.signatures import SignatureVerifier
from local_cloud.server.certificates import Authority
from local_cloud.server.credentials import Credentials
from local_cloud.server.proxy import Proxy
from local_cloud.server.wire import Request, Response, json_response

HOST = "fcv3.cn-shanghai.aliyuncs.com"
PATH = "/2023-03-30/functions/"
VARIABLES = {
    "INGEST_INSTANCE_NAME": "demo",
    "INGEST_INSTANCE_REGION": "cn-shanghai",
    "INGEST_BUCKET": "pictures",
    "INGEST_DEAD_LETTER_QUEUE_URL": "https://1.mns.cn-shanghai.aliyuncs.com/queues/letters",
    "OTHER": "not a setting",
}


class Functions:
    """The API of Function Compute with one function. It checks signatures."""

    def __init__(self) -> None:
        self.code: tuple[int, str] | None = None
        self._verifier = SignatureVerifier(Credentials("LTAI-local", "secret", None), time.time)

    def respond(self, request: Request, _: object) -> Response:
        try:
            self._verifier.verify(request)
        except ImageSearchError as error:
            return json_response(403, {"Code": "SignatureNotMatch", "Message": error.message, "RequestId": "1"})
        assert (request.method, request.headers["x-acs-action"]) == ("GET", "GetFunction")
        if self.code:
            status, code = self.code
            return json_response(status, {"Code": code, "Message": "no", "RequestId": "1"})
        if request.path != f"{PATH}imagesearch-ingest":
            return json_response(404, {"Code": "FunctionNotFound", "Message": "no", "RequestId": "1"})
        body = {"functionName": "imagesearch-ingest", "environmentVariables": VARIABLES}
        assert GetFunctionResponse().from_map({"body": body}).body.environment_variables == VARIABLES
        return json_response(200, body)


@pytest.fixture
def functions() -> Functions:
    return Functions()


@pytest.fixture
def environ(functions: Functions, tmp_path: Path) -> Iterator[dict[str, str]]:
    authority = Authority(tmp_path)
    proxy = Proxy("fc", functions.respond, authority, hosts=(HOST,), respond_here=functions.respond)
    yield {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAI-local",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "secret",
        "INGEST_CA_BUNDLE": str(authority.path),
        "INGEST_HTTPS_PROXY": proxy.url,
    }
    proxy.close()


def test_the_settings_of_a_function_are_found(environ: dict[str, str]) -> None:
    found = find_deployment(environ, function="cn-shanghai/imagesearch-ingest")
    assert found.describe() == (
        "cn-shanghai/imagesearch-ingest (cn-shanghai): oss://pictures -> demo (cn-shanghai), 5 adds/s, "
        "release 0.2.0, rule the folder and the whole key"
    )
    assert "OTHER" not in found.environ


def test_variables_of_the_shell_must_not_contradict(environ: dict[str, str]) -> None:
    with pytest.raises(InputError, match="INGEST_BUCKET in the shell contradict cn-shanghai/imagesearch-ingest"):
        find_deployment(environ | {"INGEST_BUCKET": "other"}, function="cn-shanghai/imagesearch-ingest")


def test_a_function_that_does_not_exist_is_named(environ: dict[str, str]) -> None:
    with pytest.raises(InputError, match="there is no function shop in cn-shanghai"):
        read_function("cn-shanghai/shop", environ)


@pytest.mark.parametrize("text", ["shop", "/shop", "cn-shanghai/"])
def test_region_and_name_are_needed(text: str) -> None:
    with pytest.raises(InputError, match="write REGION/NAME"):
        read_function(text, {})


def test_a_wrong_key_is_an_operators_matter(environ: dict[str, str]) -> None:
    with pytest.raises(IngestError) as error:
        read_function("cn-shanghai/shop", environ | {"ALIBABA_CLOUD_ACCESS_KEY_SECRET": "wrong"})
    assert error.value.reason.code == "credentials"


def test_a_missing_right_is_an_operators_matter(functions: Functions, environ: dict[str, str]) -> None:
    functions.code = (403, "AccessDenied")
    with pytest.raises(IngestError) as error:
        read_function("cn-shanghai/shop", environ)
    assert error.value.reason.code == "credentials"


def test_an_outage_passes(functions: Functions, environ: dict[str, str]) -> None:
    functions.code = (503, "ServiceUnavailable")
    with pytest.raises(IngestError) as error:
        read_function("cn-shanghai/shop", environ)
    assert error.value.reason.fault_class.may_pass


def test_one_source_names_the_deployment(environ: dict[str, str]) -> None:
    with pytest.raises(InputError, match="--stack and --function are both given"):
        find_deployment(environ, stack="shop", function="cn-shanghai/shop")
