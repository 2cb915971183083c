"""Bodies read strictly, with werkzeug's parsers: what is malformed is refused, what is given twice too."""

import io
from collections.abc import Iterable
from typing import IO

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_options_header

from local_cloud.image_search.errors import ApiRefusal, OssRefusal
from local_cloud.image_search.wire import Request

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"


def read_parameters(request: Request) -> dict[str, str]:
    """Those of the query and those of the body: which operation takes which from where is the SDK's affair."""
    pairs = request.query
    if request.body:
        mimetype, options = parse_options_header(request.headers.get("content-type"))
        if mimetype != FORM:
            raise ApiRefusal("BadRequest", f"The body must be {FORM}.")
        _, form, _ = FormDataParser(silent=False).parse(
            io.BytesIO(request.body), mimetype, len(request.body), dict(options)
        )
        pairs = [*pairs, *form.items(multi=True)]
    return _unique(pairs)


def read_post_object(request: Request) -> tuple[dict[str, str], bytes]:
    """The form of a PostObject: its fields, and the bytes of the part named ``file``."""
    mimetype, options = parse_options_header(request.headers.get("content-type"))
    if mimetype != MULTIPART:
        raise OssRefusal("MalformedPOSTRequest", f"The body must be {MULTIPART}.")
    parser = FormDataParser(stream_factory=_in_memory, silent=False)
    try:
        _, fields, files = parser.parse(io.BytesIO(request.body), mimetype, len(request.body), dict(options))
    except (ValueError, RequestEntityTooLarge) as error:
        raise OssRefusal("MalformedPOSTRequest", str(error)) from error
    if "file" not in files:
        raise OssRefusal("InvalidArgument", "POST requires exactly one file upload per request.")
    return dict(fields.items()), files["file"].read()


def _in_memory(
    total_content_length: int | None,
    content_type: str | None,
    filename: str | None,
    content_length: int | None = None,
) -> IO[bytes]:
    """Werkzeug's own choice is a temporary file, which somebody would have to close."""
    del total_content_length, content_type, filename, content_length
    return io.BytesIO()


def _unique(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    parameters: dict[str, str] = {}
    for name, value in pairs:
        if name in parameters:
            raise ApiRefusal("BadRequest", f"Given twice: {name}.")
        parameters[name] = value
    return parameters
