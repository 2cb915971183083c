"""A local stand-in of Alibaba Cloud OSS, for tests and the demo. Nothing of it is ever deployed.

    with OssService(region="cn-shanghai", access_key_id="id", access_key_secret="secret") as service:
        service.make_bucket("pictures")
        client = oss_client(credentials, region="cn-shanghai", endpoint=service.url, ca_bundle=service.ca_path)

It speaks TLS on loopback, with a private authority's certificate (one may be shared with other services). The SDK asks
an endpoint that is an IP address in path style, which is the only style here, and which the real service refuses
(SecondLevelDomainForbidden).

**Strict**: signatures of version 4 with their region, date and scope; clocks 15 minutes apart; security tokens, unknown
or expired; names of buckets and objects; parameters that are not understood are refused.
**Its own**: scripted faults (``faults``), rights that can be taken away (``denied``), ``on_event`` for each change.
**Simpler than the service**: no ACLs, multipart uploads, ranges or version ids in requests.
**Not known**, so chosen: the order of the checks, what an event says of a removed object beyond its key, and the
checksum header of a link.

    connection, wire          HTTP and TLS, from image_search's; answers with headers
    service, responses        put together; from a request to an answer
    signatures, errors        who may, and what is said to those who may not
    objects, links, listing   the API's operations
    model, events, faults     the state, what is told of its changes, and what goes wrong on demand
    uploader                  the real SDK, as a person would use it
"""

from local_cloud.oss.model import StoredObject
from local_cloud.oss.service import OssService

__all__ = ["OssService", "StoredObject"]
