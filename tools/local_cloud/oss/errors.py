"""The errors of OSS.

Sources: OSS, "HTTP 400/403/404/409/411/412/416 status code", "EC error codes", and the operations' own error codes. An
empty EC could not be looked up.
"""

from collections.abc import Mapping

from local_cloud.server.errors import ServiceError

_ENDPOINT = "The bucket you are attempting to access must be addressed using the specified endpoint."
_UNSIGNED = "Invalid signing {} in Authorization header."

# code → (status, EC, message)
DOCUMENTED: Mapping[str, tuple[int, str, str]] = {
    "AccessDenied": (403, "0003-00000001", "You have no right to access this object because of bucket acl."),
    "BucketNotEmpty": (409, "", "The bucket you tried to delete is not empty."),
    "EntityTooSmall": (400, "", "Your proposed upload smaller than the minimum allowed size."),
    "FileAlreadyExists": (409, "", "The object you specified already exists and can not be overwritten."),
    "IllegalVersioningConfigurationException": (400, "", "The versioning configuration specified is invalid."),
    "InvalidAccessKeyId": (403, "0002-00000902", "The OSS Access Key Id you provided does not exist in our records."),
    "InvalidArgument": (400, "", "Invalid argument."),
    "InvalidBucketName": (400, "0015-00000001", "The specified bucket is not valid."),
    "InvalidDigest": (400, "", "The Content-MD5 you specified was invalid."),
    "InvalidObjectName": (400, "", "The specified object is not valid."),
    "InvalidObjectState": (403, "", "The operation is not valid for the object's state"),
    "InvalidPart": (400, "", "One or more of the specified parts could not be found or the ETag did not match."),
    "InvalidPartOrder": (400, "", "The list of parts was not in ascending order."),
    "InvalidRange": (416, "", "The requested range cannot be satisfied"),
    "InvalidSecurityToken": (403, "0002-00000006", "The security token you provided is invalid."),
    "InvalidTargetType": (400, "", "The target of the symlink is a symlink itself."),
    "InternalError": (500, "", "We encountered an internal error. Please try again."),
    "MalformedXML": (400, "", "The XML you provided was not well-formed."),
    "MethodNotAllowed": (405, "", "The specified method is not allowed against this resource."),
    "MissingArgument": (400, "", "Missing Some Required Arguments."),
    "NoSuchBucket": (404, "0015-00000101", "The specified bucket does not exist."),
    "NoSuchKey": (404, "0026-00000001", "The specified key does not exist."),
    "NoSuchUpload": (404, "", "The specified upload does not exist."),
    "NoSuchVersion": (404, "", "The specified version does not exist."),
    "NotImplemented": (501, "", "A header or a parameter you provided implies functionality that is not implemented."),
    "NotModified": (304, "", "Not Modified"),
    "NotSymlink": (400, "0043-00000101", "The object is not symlink object"),
    "ObjectNotAppendable": (409, "", "The object is not appendable"),
    "OperationNotSupported": (400, "", "The operation is not supported for this resource"),
    "PositionNotEqualToLength": (409, "", "Position is not equal to file length"),
    "PreconditionFailed": (412, "", "At least one of the pre-conditions you specified did not hold."),
    "RequestTimeTooSkewed": (
        403,
        "0002-00000504",
        "The difference between the request time and the current time is too large.",
    ),
    "SecondLevelDomainForbidden": (403, "", "The bucket you are attempting to access must be addressed by its domain."),
    "SecurityTokenExpired": (403, "0002-00000007", "The security token you provided has expired."),
    "SignatureDoesNotMatch": (403, "0002-00000040", "The request signature we calculated does not match the one sent."),
    "SymlinkTargetNotExist": (404, "0026-00000012", "The symlink target object does not exist"),
}


class OssError(ServiceError):
    """An error response. ``elements`` follow the message, and ``headers`` are added to the response.

    A ``status`` allows a code that is not documented, for scripted faults.
    """

    def __init__(
        self,
        code: str,
        message: str = "",
        *,
        ec: str = "",
        status: int | None = None,
        elements: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        actual_status, documented_ec, documented = (status, "", "Scripted.") if status else DOCUMENTED[code]
        super().__init__(code, actual_status, message or documented)
        self.ec = ec or documented_ec
        self.elements = elements or {}
        self.headers = headers or {}


def wrong_endpoint_error(bucket: str, region: str) -> OssError:
    """Return the error for a bucket in another region.

    Its code is the one of a missing right; only the EC and the endpoint differ.
    """
    message = f"{_ENDPOINT} Please send all future requests to this endpoint."
    elements = {"Bucket": bucket, "Endpoint": f"oss-{region}.aliyuncs.com"}
    return OssError("AccessDenied", message, ec="0003-00001403", elements=elements)


def wrong_scope_error(part: str) -> OssError:
    """Return the error for a signature with another date, region or product."""
    return OssError("InvalidArgument", _UNSIGNED.format(part), ec="0002-00000226" if part == "region" else "")


def refuse(name: str, text: str, allowed: str) -> OssError:
    """Return the error for a header or a parameter with a value that OSS does not accept."""
    return OssError("InvalidArgument", f"{name} is {text!r}; {allowed}.", elements={"ArgumentName": name})
