"""A stand-in for Alibaba Cloud Image Search, for tests, the demo and benchmarks. Never deployed.

    with ImageSearchService(instance="demo", region="ap-southeast-1",
                            access_key_id="id", access_key_secret="secret") as service:
        runtime = RuntimeOptions(ca=str(service.ca_path), https_proxy=service.proxy_url)
        client.add_image_advance(request, runtime)      # the unmodified SDK, its real host names, over TLS

It is an HTTP CONNECT proxy on loopback for the hosts of three services: ``openplatform.aliyuncs.com``
(AuthorizeFileUpload), ``viapi-customer-temp.oss-cn-shanghai.aliyuncs.com`` (the upload) and
``imagesearch.<region>.aliyuncs.com``. The upload bucket also has its internal and its accelerated endpoint.

**Strict**: checks signatures, time stamps, nonces, the upload's post policy and every documented limit of AddImage,
answers with the documented code, decodes each picture, and refuses undocumented parameters.
**Added**: scripted faults and latencies (``faults``), and a control API for other processes (``control``).
**Simpler than the service**: a search compares 8x8 hashes of whole pictures, filters are refused, other operations
return InvalidAction.NotFound, and categories are not predicted.
**Not known**, so chosen here: the algorithm behind "1 or 5 calls a second" (``rate_limit``), the lifetime of an upload
(``uploads``), the size limit of the post policy (``post_policy``), and the points that ``limits`` lists.

    service                                puts the parts together, starts and stops
    responses, forms, rendering            parse a request, call an operation, render the response
    operations, search, upload_bucket      the operations
    models, storage, uploads               the state
    limits, pictures, rate_limit           the rules
    signatures, post_policy, errors        who may call, and the error codes
    faults, fault_player, control          scripted faults, and the control API
"""

from local_cloud.image_search.fault_player import Call
from local_cloud.image_search.faults import Faults
from local_cloud.image_search.models import Entry
from local_cloud.image_search.service import ImageSearchService

__all__ = ["Call", "Entry", "Faults", "ImageSearchService"]
