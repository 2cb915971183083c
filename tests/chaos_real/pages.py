"""Answers that replace a real one: a load balancer's page, or an error that moto cannot simulate.

Sources: S3 API reference, "Error responses" (XML); SQS API reference, "Common errors", in the JSON protocol.
"""

import json

_HTML = b"<html><body><h1>502 Bad Gateway</h1></body></html>\n"
_S3 = {"SlowDown": 503, "InternalError": 500, "RequestTimeTooSkewed": 403, "ServiceUnavailable": 503}
_SQS = {"RequestThrottled": 400, "InternalError": 500, "ServiceUnavailable": 503}


def answer(status: int, media: str, body: bytes) -> bytes:
    """Return an answer as bytes. It closes the connection."""
    head = f"HTTP/1.1 {status} Scripted\r\nContent-Type: {media}\r\nContent-Length: {len(body)}\r\n"
    return f"{head}Connection: close\r\n\r\n".encode() + body


PAGE = answer(502, "text/html", _HTML)


def of_aws(request: bytes) -> list[bytes]:
    """Return the possible answers of S3 or SQS. A POST is a request to SQS."""
    if request.startswith(b"POST"):
        bodies = [json.dumps({"__type": f"com.amazonaws.sqs#{code}", "message": "Scripted."}) for code in _SQS]
        errors = zip(_SQS.values(), bodies, strict=True)
        return [PAGE, *(answer(status, "application/x-amz-json-1.0", text.encode()) for status, text in errors)]
    xml = [f"<Error><Code>{code}</Code><Message>Scripted.</Message></Error>" for code in _S3]
    # The answer to a HEAD has no body. The bytes after it are lost with the connection.
    return [
        PAGE,
        *(answer(status, "application/xml", text.encode()) for status, text in zip(_S3.values(), xml, strict=True)),
    ]
