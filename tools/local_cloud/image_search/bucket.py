"""The two steps by which a picture reaches the service: AuthorizeFileUpload, and the PostObject it authorises."""

from urllib.parse import quote
from xml.sax.saxutils import escape

from local_cloud.image_search.errors import OssRefusal
from local_cloud.image_search.forms import read_post_object
from local_cloud.image_search.post_policy import PostPolicies
from local_cloud.image_search.rendering import Body
from local_cloud.image_search.uploads import Uploads, url_of
from local_cloud.image_search.wire import UPLOAD_BUCKET, UPLOAD_ENDPOINT, Answer, Request, xml_answer

CREATED = 201
OK = 200
NO_CONTENT = 204


def authorize(policies: PostPolicies, uploads: Uploads, *, accelerate: bool) -> Body:
    """The fields that the SDK reads from AuthorizeFileUpload. When the real one allows acceleration is not known."""
    key = uploads.new_key()
    place = {"Bucket": UPLOAD_BUCKET, "Endpoint": UPLOAD_ENDPOINT, "ObjectKey": key, "UseAccelerate": accelerate}
    return place | policies.issue(key)


def post_object(policies: PostPolicies, uploads: Uploads, request: Request) -> Answer:
    if request.method != "POST" or request.path != "/":
        raise OssRefusal("MethodNotAllowed")
    fields, data = read_post_object(request)
    policies.verify(fields, len(data))
    uploads.put(fields["key"], data)
    return _answer(fields["key"], fields.get("success_action_status", ""))


def _answer(key: str, wanted_status: str) -> Answer:
    """201 with a body, 200, or 204 when nothing else is asked for (OSS, PostObject, "success_action_status")."""
    if wanted_status == str(CREATED):
        location = f"<Location>{escape(url_of(quote(key)))}</Location>"
        place = f"<Bucket>{UPLOAD_BUCKET}</Bucket>{location}<Key>{escape(key)}</Key>"
        return xml_answer(CREATED, f"<PostResponse>{place}</PostResponse>")
    return Answer(OK if wanted_status == str(OK) else NO_CONTENT, "application/xml", b"")
