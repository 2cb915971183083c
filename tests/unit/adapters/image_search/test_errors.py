from types import SimpleNamespace

import pytest

from imagesearch_ingest.adapters.image_search.errors import check_success
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason


def response(*, success: object, code: object) -> SimpleNamespace:
    return SimpleNamespace(body=SimpleNamespace(success=success, code=code, message="words", request_id="R1"))


@pytest.mark.parametrize("code", [0, "0", None])
def test_success_needs_no_error_code(code: object) -> None:
    check_success("AddImage", response(success=True, code=code))


@pytest.mark.parametrize(
    ("success", "code"), [(True, "DeniedRequest"), (False, "DeniedRequest"), (None, "DeniedRequest")]
)
def test_error_code_decides(success: object, code: str) -> None:
    with pytest.raises(IngestError) as error:
        check_success("AddImage", response(success=success, code=code))
    assert (error.value.reason, error.value.service_code) == (Reason.THROTTLED, "DeniedRequest")


@pytest.mark.parametrize("success", [False, None, "true"])
def test_only_true_is_success(success: object) -> None:
    with pytest.raises(IngestError):
        check_success("AddImage", response(success=success, code=0))


def test_missing_body_is_unreadable() -> None:
    with pytest.raises(IngestError) as error:
        check_success("AddImage", SimpleNamespace(body=None))
    assert error.value.reason is Reason.SERVICE_UNAVAILABLE
