"""Parse request bodies with werkzeug. Malformed bodies and repeated parameters are refused."""

import io
from collections.abc import Iterable
from typing import IO

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_options_header

from local_cloud.image_search.errors import ApiError, UploadError
from local_cloud.server.wire import Request

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"


def read_parameters(request: Request) -> dict[str, str]:
    """Return the parameters of the query and of the form. Each may be in either place, as the SDK chooses."""
    pairs = request.query
    if request.body:
        mimetype, options = parse_options_header(request.headers.get("content-type"))
        if mimetype != FORM:
            raise ApiError("BadRequest", f"The body must be {FORM}.")
        _, form, _ = FormDataParser(silent=False).parse(
            io.BytesIO(request.body), mimetype, len(request.body), dict(options)
        )
        pairs = [*pairs, *form.items(multi=True)]
    return _require_unique(pairs)


def read_post_object(request: Request) -> tuple[dict[str, str], bytes]:
    """Return the fields of a PostObject form and the bytes of its part named ``file``."""
    mimetype, options = parse_options_header(request.headers.get("content-type"))
    if mimetype != MULTIPART:
        raise UploadError("MalformedPOSTRequest", f"The body must be {MULTIPART}.")
    parser = FormDataParser(stream_factory=_in_memory, silent=False)
    try:
        _, fields, files = parser.parse(io.BytesIO(request.body), mimetype, len(request.body), dict(options))
    except (ValueError, RequestEntityTooLarge) as error:
        raise UploadError("MalformedPOSTRequest", str(error)) from error
    if "file" not in files:
        raise UploadError("InvalidArgument", "POST requires exactly one file upload per request.")
    return dict(fields.items()), files["file"].read()


def _in_memory(
    total_content_length: int | None,
    content_type: str | None,
    filename: str | None,
    content_length: int | None = None,
) -> IO[bytes]:
    """Return a buffer in memory. Werkzeug's default is a temporary file that would have to be closed."""
    del total_content_length, content_type, filename, content_length
    return io.BytesIO()


def _require_unique(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    parameters: dict[str, str] = {}
    for name, value in pairs:
        if name in parameters:
            raise ApiError("BadRequest", f"The parameter {name} occurs twice.")
        parameters[name] = value
    return parameters
