"""Ask OSS whether an object exists."""

from contextlib import closing

import alibabacloud_oss_v2 as oss
from alibabacloud_oss_v2.exceptions import OperationError, ServiceError

from imagesearch_ingest.adapters.alibaba.oss_codes import OSS
from imagesearch_ingest.adapters.alibaba.oss_errors import get_code, translate_errors, unwrap
from imagesearch_ops.buckets.existence import Ask, Existence, conclude


def ask_oss(client: oss.Client, bucket: str) -> Ask:
    """Return the function that asks. It raises ``IngestError``."""

    def ask(key: str) -> Existence:
        with translate_errors(f"looking at an object of oss://{bucket}", OSS):
            try:
                return _there(client.head_object(oss.HeadObjectRequest(bucket=bucket, key=key)))
            except OperationError as error:
                refused = unwrap(error)
                if not isinstance(refused, ServiceError):
                    raise
                return _get(key, refused.status_code)

    def _get(key: str, status: int) -> Existence:
        try:
            response = client.get_object(oss.GetObjectRequest(bucket=bucket, key=key))
        except OperationError as error:
            if found := conclude(status, is_missing=get_code(unwrap(error)) == "NoSuchKey"):
                return found
            raise
        with closing(response.body):
            return _there(response)

    return ask


def _there(response: oss.HeadObjectResult | oss.GetObjectResult) -> Existence:
    modified = response.last_modified
    return Existence(is_there=True, last_modified=modified.timestamp() if modified else None)
