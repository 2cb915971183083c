"""A local stand-in of Alibaba Cloud Image Search, for tests, the demo and benchmarks. Nothing of it is ever deployed.

    with ImageSearchService(instance="demo", region="ap-southeast-1",
                            access_key_id="id", access_key_secret="secret") as service:
        runtime = RuntimeOptions(ca=str(service.ca_path), https_proxy=service.proxy_url)
        client.add_image_advance(request, runtime)      # the unmodified SDK, its real host names, over TLS

It is an HTTP CONNECT proxy on loopback for three services' hosts: ``openplatform.aliyuncs.com`` (AuthorizeFileUpload),
``viapi-customer-temp.oss-cn-shanghai.aliyuncs.com`` (the upload) and ``imagesearch.<region>.aliyuncs.com``. The bucket
for uploads has its two other endpoints as well, the internal one and that of OSS's transfer acceleration.

**Strict**: signatures, time stamps and nonces; the upload's post policy; every documented limit of AddImage, with its
documented code; a picture is decoded, not believed; parameters nobody documented are refused.
**Its own**: scripted faults and latencies (``faults``), and a control API for other processes (``control``).
**Simpler than the service**: a search compares 8x8 hashes of whole pictures, filters are refused, an operation that is
not here answers InvalidAction.NotFound, and a category is never predicted.
**Not known**, so chosen: the algorithm behind "1 or 5 calls a second" (``rate_limit``), how long an upload lives
(``uploads``), how much the post policy lets through (``post_policy``), and what ``limits`` lists.

    connection, proxy, certificates    sockets, HTTP, TLS
    script, control                    faults around the responses; the control API
    responses, bucket, forms, wire     parse, call, render
    signatures, post_policy            who may
    operations, search, rendering      the API's operations
    model, storage, uploads            the state
    limits, pictures, rate_limit       the rules
"""

from local_cloud.image_search.faults import Faults
from local_cloud.image_search.model import Entry
from local_cloud.image_search.script import Call
from local_cloud.image_search.service import ImageSearchService

__all__ = ["Call", "Entry", "Faults", "ImageSearchService"]
