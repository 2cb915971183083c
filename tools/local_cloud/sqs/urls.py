"""The paths of the SQS API. moto finds this module by its name, beside ``models``."""

from moto.sqs.urls import url_bases
from moto.sqs.urls import url_paths as moto_paths

from local_cloud.sqs.responses import LocalSqsResponse

__all__ = ["url_bases", "url_paths"]

url_paths = dict.fromkeys(moto_paths, LocalSqsResponse.dispatch)
