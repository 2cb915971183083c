"""Ask the Image Search instance, through the SDK, with the operator's own key. Only ``delete`` changes the index."""

import io
import time
from collections.abc import Callable, Collection
from typing import Any

from imagesearch_ingest.adapters.aws.client import aws_client
from imagesearch_ingest.adapters.aws.secrets_manager import SecretsManagerCredentials
from imagesearch_ingest.adapters.errors import UNREADABLE_RESPONSE
from imagesearch_ingest.adapters.image_search.api import make_client, runtime_options, with_sendable_length
from imagesearch_ingest.adapters.image_search.errors import API, reading, translate_errors
from imagesearch_ingest.adapters.image_search.sdk import Client, RuntimeOptions, models
from imagesearch_ingest.bootstrap.common import SystemClock, image_search_options
from imagesearch_ingest.credentials import (
    ACCESS_KEY_ID,
    ACCESS_KEY_SECRET,
    SECURITY_TOKEN,
    CredentialSource,
    EnvironmentCredentials,
)
from imagesearch_ingest.image_search import DeleteImageRequest
from imagesearch_ingest.image_search.detail import InstanceDetail, read_detail
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.redaction import Redactor
from imagesearch_ingest.settings import Settings
from imagesearch_ops.deployment import Deployment
from imagesearch_ops.errors import InputError
from imagesearch_ops.index.answers import Entry, check, read_entry

__all__ = ["SLOT_SECONDS", "Entry", "InstanceClient", "InstanceDetail", "open_instance"]

SLOT_SECONDS = 1.1  # Detail, DumpMeta and DumpMetaList are limited to one call a second
MOST_HITS = 100  # SearchImageByPic reference, "Num"
_TRIES = 5
# What an instance, a region or a policy answers to an operation that it does not offer. CheckImageExists is the
# youngest, and the policy AliyunImageSearchReadOnlyAccess allows only searches.
_NOT_OFFERED = {
    "ActionUnauthorized",
    "Console.NoPermission",
    "Forbidden",
    "Forbidden.RAM",
    "InvalidAction.NotFound",
    "NoPermission",
    "UnsupportedInstanceType",
    "UnsupportedOperation",
    "UnsupportedOperationType",
}
_NO_SUCH_ENTRY = "PicNotExist"  # SearchImageByName reference, "Error codes"


class InstanceClient:
    """The instance of a deployment. Calls that may pass are repeated a few times. Errors are ``IngestError``.

    ``not_offered`` is the code with which the instance refused CheckImageExists, if it did.
    """

    def __init__(self, settings: Settings, credentials: CredentialSource) -> None:
        options = image_search_options(settings)
        self.settings = settings
        self.name = settings.instance_name
        self.not_offered: str | None = None
        self._client = make_client(options, credentials.get())
        self._runtime = runtime_options(options)

    def detail(self) -> InstanceDetail:
        """Return size, capacity, kind and end of the instance."""
        body = self.call("Detail", Client.detail_with_options, models.DetailRequest(instance_name=self.name))
        with reading("Detail"):
            return read_detail(body.instance)

    def find(self, product_id: str, pic_name: str) -> Entry | None:
        """Return the entry of both IDs, or ``None``.

        CheckImageExists says so. Where it is refused, SearchImageByName does from then on, and ``not_offered`` is set.
        """
        if self.not_offered:
            return self._find_by_name(product_id, pic_name)
        try:
            return self._check_exists(product_id, pic_name)
        except IngestError as refused:
            if refused.service_code not in _NOT_OFFERED:
                raise
            try:
                found = self._find_by_name(product_id, pic_name)
            except IngestError:
                raise refused from None
            self.not_offered = refused.service_code
            return found

    def delete(self, product_id: str, pic_name: str) -> None:
        """Delete the entry of both IDs. A missing entry is not an error (DeleteImage reference).

        Raise ``ValueError`` for an ID that is empty: without a PicName, the service deletes the whole product.
        """
        ids = DeleteImageRequest(instance_name=self.name, product_id=product_id, pic_name=pic_name)
        request = models.DeleteImageRequest(**ids.model_dump())
        self.call("DeleteImage", Client.delete_image_with_options, request)

    def search_by_image(self, image: bytes, *, num: int = 10) -> list[Entry]:
        """Return the most similar entries, best first (SearchImageByPic)."""

        def search(client: Client, sent: bytes, runtime: RuntimeOptions) -> Any:  # noqa: ANN401 - the SDK has no types
            # Made anew for each attempt, because the SDK sends a file from where the last attempt has left it.
            request = models.SearchImageByPicAdvanceRequest(
                instance_name=self.name, pic_content_object=io.BytesIO(sent), num=num
            )
            return client.search_image_by_pic_advance(request, runtime)

        body = self.call("SearchImageByPic", search, with_sendable_length(image))
        with reading("SearchImageByPic"):
            return [read_entry(one) for one in body.auctions or ()]

    def call(
        self,
        action: str,
        method: Callable[..., Any],
        request: Any,  # noqa: ANN401 - the SDK has no types
        *,
        handled: Collection[str] = (),
    ) -> Any:  # noqa: ANN401 - the SDK has no types
        """Return the body of an operation of the SDK's client. Codes that the caller handles are not tried again."""
        for attempt in range(1, _TRIES + 1):
            try:
                with translate_errors(action, API):
                    response = method(self._client, request, self._runtime)
                return check(action, response)
            except IngestError as error:
                most = error.attempts or (_TRIES if error.reason.fault_class.may_pass else 1)
                if attempt >= min(most, _TRIES) or error.service_code in handled:
                    raise
            time.sleep(SLOT_SECONDS)
        raise AssertionError

    def _check_exists(self, product_id: str, pic_name: str) -> Entry | None:
        action = "CheckImageExists"
        request = models.CheckImageExistsRequest(instance_name=self.name, product_id=product_id, pic_name=pic_name)
        body = self.call(action, Client.check_image_exists_with_options, request, handled=_NOT_OFFERED)
        if not isinstance(body.exists, bool):
            raise UNREADABLE_RESPONSE.error(action)
        with reading(action):
            return read_entry(body.auctions, product_id, pic_name) if body.exists else None

    def _find_by_name(self, product_id: str, pic_name: str) -> Entry | None:
        """Search for what is similar to the entry: it comes first, or an error says that there is no such entry."""
        action = "SearchImageByName"
        request = models.SearchImageByNameRequest(
            instance_name=self.name, product_id=product_id, pic_name=pic_name, num=MOST_HITS
        )
        try:
            body = self.call(action, Client.search_image_by_name_with_options, request)
        except IngestError as error:
            if error.service_code == _NO_SUCH_ENTRY:
                return None
            raise
        with reading(action):
            hits = [read_entry(one) for one in body.auctions or ()]
        own = (one for one in hits if (one.product_id, one.pic_name) == (product_id, pic_name))
        return next(own, Entry(product_id, pic_name, None, {}))


def open_instance(deployment: Deployment) -> InstanceClient:
    """Return the deployment's instance. Raise ``InputError`` if the settings name none, and ``IngestError``."""
    settings = deployment.settings
    if settings is None:
        raise InputError(f"no Image Search instance is known: {deployment.fault} Set INGEST_* or name a --stack.")
    return InstanceClient(settings, open_credentials(settings, deployment))


def open_credentials(settings: Settings, deployment: Deployment) -> CredentialSource:
    """Return the source of the access key: the secret that the settings name or, without one, the environment.

    A keyless deployment's key is for its functions alone, whose roles Alibaba Cloud trusts. Outside Lambda, raise
    ``InputError`` if the shell has no key either.
    """
    if settings.role_arn:
        return _open_keyless(settings, deployment)
    if settings.credentials_secret is None:
        return EnvironmentCredentials(deployment.environ)
    client = aws_client("secretsmanager", deployment.environ)
    return SecretsManagerCredentials(client, settings.credentials_secret, SystemClock())


def _open_keyless(settings: Settings, deployment: Deployment) -> CredentialSource:
    environ = deployment.environ
    if environ.get(ACCESS_KEY_ID):
        return EnvironmentCredentials(environ)
    if environ.get("AWS_LAMBDA_FUNCTION_NAME"):  # the audit on a schedule
        from imagesearch_ingest.bootstrap.aws_credentials import credential_source  # noqa: PLC0415 - slow to import

        return credential_source(settings, environ, Redactor.from_environment(environ))
    raise InputError(
        f"{deployment.name} keeps no access key: only its functions can assume {settings.role_arn}. "
        f"Set {ACCESS_KEY_ID} and {ACCESS_KEY_SECRET} to a key of your own for this instance, and {SECURITY_TOKEN} "
        "if it is temporary. docs/credentials.md says which permissions it needs."
    )
