"""The upload of a picture: AuthorizeFileUpload, and the PostObject that it authorizes."""

from urllib.parse import quote

from local_cloud.image_search.errors import UploadError
from local_cloud.image_search.forms import read_post_object
from local_cloud.image_search.hosts import find_upload_place
from local_cloud.image_search.post_policy import PostPolicies
from local_cloud.image_search.rendering import Body
from local_cloud.image_search.uploads import Uploads, upload_url
from local_cloud.server.wire import XML, Request, Response, xml_elements, xml_response

CREATED = 201
OK = 200
NO_CONTENT = 204


def authorize_file_upload(policies: PostPolicies, uploads: Uploads, address: str, *, accelerate: bool) -> Body:
    """Return the fields that the SDK reads. ``address`` is how the client reached the service.

    When the real service allows acceleration is not known.
    """
    bucket, endpoint = find_upload_place(address)
    key = uploads.new_key(f"{bucket}.{endpoint}")
    place = {"Bucket": bucket, "Endpoint": endpoint, "ObjectKey": key, "UseAccelerate": accelerate}
    return place | policies.issue(bucket, key)


def post_object(policies: PostPolicies, uploads: Uploads, request: Request) -> Response:
    """Store an upload that meets its policy. Raise ``UploadError`` otherwise."""
    if request.method != "POST" or request.path != "/":
        raise UploadError("MethodNotAllowed")
    fields, data = read_post_object(request)
    policies.verify(fields, len(data))
    uploads.put(fields["key"], data)
    return _render(request.headers.get("host", ""), fields["key"], fields.get("success_action_status", ""))


def _render(address: str, key: str, wanted_status: str) -> Response:
    """Answer 201 with a body, 200, or 204 by default (OSS, PostObject, "success_action_status")."""
    if wanted_status == str(CREATED):
        bucket, endpoint = find_upload_place(address)
        fields = {"Bucket": bucket, "Location": upload_url(quote(key), f"{bucket}.{endpoint}"), "Key": key}
        return xml_response(CREATED, f"<PostResponse>{xml_elements(fields)}</PostResponse>")
    return Response(OK if wanted_status == str(OK) else NO_CONTENT, XML)
