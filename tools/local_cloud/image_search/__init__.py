"""A stand-in for Alibaba Cloud Image Search, for tests, the demo and benchmarks. Never deployed.

    with ImageSearchService(instance="demo", region="ap-southeast-1",
                            access_key_id="id", access_key_secret="secret") as service:
        runtime = RuntimeOptions(ca=str(service.ca_path), https_proxy=service.proxy_url)
        client.add_image_advance(request, runtime)      # the unmodified SDK, its real host names, over TLS

It is an HTTP CONNECT proxy on loopback for the hosts of four services: ``openplatform.aliyuncs.com``
(AuthorizeFileUpload), ``viapi-customer-temp.oss-cn-shanghai.aliyuncs.com`` (the upload),
``imagesearch.<region>.aliyuncs.com``, and ``imagesearchname.oss-<region>.aliyuncs.com`` (the files of DumpMeta and
IncreaseInstance). The upload bucket also has its internal and its accelerated endpoint.

**Strict**: checks signatures, time stamps, nonces, the upload's post policy, every documented limit and rate, answers
with the documented code, decodes each picture, and refuses undocumented parameters.
**Added**: scripted faults and latencies (``faults``), changes of the instance, the tasks and the rates (``changes``),
and a control API for other processes (``control``).
**Simpler than the service**: a search compares how whole pictures look, or words, and categories are not predicted.
**Not known**, so chosen here: what docs/local-cloud.md lists, and what the docstrings of ``rate_limit``, ``uploads``,
``post_policy``, ``limits``, ``filters``, ``dumps`` and ``increments`` say.

    service                                puts the parts together, starts and stops
    responses, actions, admission          find the operation, and check that it may be called
    forms, rendering                       parse a request, render the response
    operations, search, dumps, increments  the operations
    queries, filters, paging               their common parameters
    upload_bucket, files                   the two buckets
    models, storage, uploads, tasks        the state
    kinds, limits, pictures, rate_limit    the rules
    appearance, perceptual_hash            how pictures look
    signatures, post_policy, errors        who may call, and the error codes
    faults, fault_player                   scripted faults
    settings, changes, control             changes of a running service, and the control API
"""

from local_cloud.image_search.fault_player import Call
from local_cloud.image_search.faults import Faults
from local_cloud.image_search.kinds import KINDS
from local_cloud.image_search.models import Entry
from local_cloud.image_search.service import ImageSearchService

__all__ = ["KINDS", "Call", "Entry", "Faults", "ImageSearchService"]
