"""The errors of Image Search and of its buckets.

    ServiceError
    └── ImageSearchError
        ├── ApiError        JSON, from openplatform and imagesearch
        ├── ConsoleError    JSON, from the operations that the console has too: Detail, DumpMeta, IncreaseInstance
        ├── UploadError     XML, from the bucket that takes the upload
        └── DownloadError   XML, from the bucket that holds the files of tasks

Each has one table of codes, statuses and texts. Sources: the references, "Error codes"; the API's OpenAPI metadata; the
API gateway's common error codes; OSS, "errors common to the PostObject operation", GetObject and "Include signatures in
URLs". The statuses of the security token codes are not documented where we could read them; 400 is a guess. Where the
references and the metadata differ (PictureError, InstanceStatusError), the references are followed.
"""

from collections.abc import Mapping
from typing import ClassVar

from local_cloud.server.errors import ServiceError


class ImageSearchError(ServiceError):
    """A documented error. ``detail`` follows the documented text: the value found and the limit that it breaks."""

    documented: ClassVar[Mapping[str, tuple[int, str]]]

    def __init__(self, code: str, detail: str = "") -> None:
        status, text = self.documented[code]
        super().__init__(code, status, f"{text} {detail}".rstrip())
        self.detail = detail


class ApiError(ImageSearchError):
    documented: ClassVar = {
        "BadRequest": (400, "The request has invalid parameters."),
        "DeniedRequest": (403, "Your request was denied due to instance flow control."),
        "IncompleteSignature": (400, "The request signature does not conform to Aliyun standards."),
        "IncorrectOrientation": (400, "The image contains incorrect rotation flags in the meta data."),
        "InstanceStatusError": (409, "Your instance is unavailable."),
        "InstanceOverQuota": (400, "The number of items exceeds the limit."),
        "InvalidAccessKeyId.NotFound": (404, "Specified access key is not found."),
        "InvalidAction.NotFound": (404, "Specified api is not found, please check your url and method."),
        "InvalidCategory": (400, "The specified category is invalid."),
        "InvalidCustomContent": (400, "The specified parameter CustomContent is not valid."),
        "InvalidFilterClause": (400, "The specified filtering condition is invalid."),
        "InvalidInstance": (400, "The specified instance name is invalid."),
        "InvalidInstanceName": (400, "The parameter instanceName is not specified."),
        "InvalidIntAttr": (400, "The specified parameter IntAttr is not valid."),
        "InvalidIntAttr2": (400, "The specified parameter IntAttr2 is not valid."),
        "InvalidIntAttr3": (400, "The specified parameter IntAttr3 is not valid."),
        "InvalidIntAttr4": (400, "The specified parameter IntAttr4 is not valid."),
        "InvalidNumParameter": (400, "The specified parameter Num is not valid."),
        "InvalidPicContent": (400, "The specified parameter PicContent is not valid."),
        "InvalidPicName": (400, "The specified parameter PicName is not valid."),
        "InvalidPicUrl": (400, "The specified picture URL is not valid."),
        "InvalidPrimaryPicContent": (400, "The specified parameter PrimaryPicContent is not valid."),
        "InvalidProductId": (400, "The specified parameter ProductId is not valid."),
        "InvalidRegion": (400, "The specified parameter Region is not valid."),
        "InvalidSecondaryPicContent": (400, "The specified parameter SecondaryPicContent is not valid."),
        "InvalidSecurityToken.Expired": (400, "Specified SecurityToken is expired."),
        "InvalidSecurityToken.MismatchWithAccessKey": (400, "Specified SecurityToken mismatch with the AccessKey."),
        "InvalidStartParameter": (400, "The specified parameter Start is not valid."),
        "InvalidStrAttr": (400, "The specified parameter StrAttr is not valid."),
        "InvalidStrAttr2": (400, "The specified parameter StrAttr2 is not valid."),
        "InvalidStrAttr3": (400, "The specified parameter StrAttr3 is not valid."),
        "InvalidStrAttr4": (400, "The specified parameter StrAttr4 is not valid."),
        "InvalidText": (400, "The specified parameter Text is not valid."),
        "InvalidTextLength": (400, "Invalid text clause."),
        "InvalidTimeStamp.Expired": (400, "Specified time stamp or date value is expired."),
        "InvalidTimeStamp.Format": (400, "Specified time stamp or date value is not well formatted."),
        "InvalidVersion": (400, "Specified parameter Version is not valid."),
        "MissingSecurityToken": (400, "SecurityToken is mandatory for this action."),
        "NoSpecifiedPic": (400, "The content of an image is not specified in the HTTP POST body."),
        "NoSpecifiedPicName": (400, "The parameter PicName no specified."),
        "NoSpecifiedProductId": (400, "The parameter ProductId no specified."),
        "OverflowMaxResultNum": (400, "The specified number of total results exceeds the maximum of 500."),
        "OverflowMaxReturnNum": (400, "The specified number of results for each request exceeds the maximum of 100."),
        "PicNotExist": (400, "The search picture does not exist."),
        "PictureError": (400, "[download] Img Download Failed."),
        "SignatureDoesNotMatch": (400, "Specified signature is not matched with our calculation."),
        "SignatureNonceUsed": (400, "Specified signature nonce was used already."),
        "UnknownException": (500, "An internal server error occurred."),
        "UnsupportedPicFormat": (400, "The specified image format is invalid."),
        "UnsupportedPicPixels": (400, "The specified pixels is not supported."),
    }


class ConsoleError(ImageSearchError):
    documented: ClassVar = {
        "Console.BadRequest": (400, "The request has invalid parameters."),
        "Console.IncrementStatusError": (409, "The status of the batch task does not support this operation."),
        "Console.InstanceNotFound": (400, "The specified ImageSearch instance is not found."),
        "Console.InstanceStatusError": (409, "The status of the instance does not support this operation."),
        "Console.InternalError": (500, "The request processing has failed due to some unknown error."),
        "Console.OrderStatusError": (409, "The status of the order does not support this operation."),
        "Console.TaskAlreadyExist": (409, "A task that is in progress already exists."),
        # Documented for Detail, with another status than elsewhere. The others of this family have it here too.
        "DeniedRequest": (400, "Your request was denied due to instance flow control."),
        "InvalidInstance": (400, "The specified instance name is invalid."),
    }


class UploadError(ImageSearchError):
    documented: ClassVar = {
        "AccessDenied": (403, "Invalid according to Policy:"),
        "EntityTooLarge": (400, "Your proposed upload exceeds the maximum allowed size"),
        "InternalError": (500, "We encountered an internal error. Please try again."),
        "InvalidAccessKeyId": (403, "The OSS Access Key Id you provided does not exist in our records."),
        "InvalidArgument": (400, "Invalid argument."),
        "MalformedPOSTRequest": (400, "The body of your POST request is not well-formed multipart/form-data."),
        "MethodNotAllowed": (405, "The specified method is not allowed against this resource."),
        "SignatureDoesNotMatch": (403, "The request signature we calculated does not match the one you provided."),
    }


class DownloadError(ImageSearchError):
    documented: ClassVar = {
        "AccessDenied": (403, "You have no right to access this object."),
        "InvalidAccessKeyId": (403, "The OSS Access Key Id you provided does not exist in our records."),
        "MethodNotAllowed": (405, "The specified method is not allowed against this resource."),
        "NoSuchKey": (404, "The specified key does not exist."),
        "SignatureDoesNotMatch": (403, "The request signature we calculated does not match the one you provided."),
    }
