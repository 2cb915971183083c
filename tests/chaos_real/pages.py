"""What comes in the place of an answer: a load balancer's page, or an error that moto cannot be told to make.

S3 API reference, "Error responses" (XML); SQS API reference, "Common errors", in the JSON protocol.
"""

import json

_HTML = b"<html><body><h1>502 Bad Gateway</h1></body></html>\n"
_S3 = {"SlowDown": 503, "InternalError": 500, "RequestTimeTooSkewed": 403, "ServiceUnavailable": 503}
_SQS = {"RequestThrottled": 400, "InternalError": 500, "ServiceUnavailable": 503}


def answer(status: int, media: str, body: bytes) -> bytes:
    """On the wire, and the last of its connection."""
    head = f"HTTP/1.1 {status} Scripted\r\nContent-Type: {media}\r\nContent-Length: {len(body)}\r\n"
    return f"{head}Connection: close\r\n\r\n".encode() + body


PAGE = answer(502, "text/html", _HTML)


def of_aws(request: bytes) -> list[bytes]:
    """What S3 or SQS may answer: what is posted is a call of SQS's."""
    if request.startswith(b"POST"):
        told = [json.dumps({"__type": f"com.amazonaws.sqs#{code}", "message": "Scripted."}) for code in _SQS]
        errors = zip(_SQS.values(), told, strict=True)
        return [PAGE, *(answer(status, "application/x-amz-json-1.0", text.encode()) for status, text in errors)]
    xml = [f"<Error><Code>{code}</Code><Message>Scripted.</Message></Error>" for code in _S3]
    # A HEAD's answer has no body; what is sent after it is lost with the connection.
    return [
        PAGE,
        *(answer(status, "application/xml", text.encode()) for status, text in zip(_S3.values(), xml, strict=True)),
    ]
