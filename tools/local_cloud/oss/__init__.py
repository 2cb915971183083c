"""A stand-in for Alibaba Cloud OSS, for tests and the demo. Never deployed.

    with OssService(region="cn-shanghai", access_key_id="id", access_key_secret="secret") as service:
        service.make_bucket("pictures")
        client = oss_client(credentials, region="cn-shanghai", endpoint=service.url, ca_bundle=service.ca_path)

It speaks TLS and plain HTTP on loopback, with certificates of a private authority. The bucket is in the path or in the
host.

**Strict**: checks signatures of versions 1 and 4, in a header or in the URL, with their region, date and scope, clocks
15 minutes apart, security tokens (unknown or expired), and the names of buckets and objects. Each operation lists the
parameters and headers that it understands, and refuses all others (ADR 49).
**Added**: scripted faults (``faults``), rights that can be taken away (``denied``), ``on_event`` for each change.
**Simpler than the service**: only private ACLs, no tags, encryption or image processing. Restoring takes no time.
**Not known**, so chosen here: see docs/local-cloud.md.

    service                       puts the parts together, starts and stops
    responses, operations         verify a request, find its operation, check what it understands, report its events
    addressing, calls             where a request points to, and what an operation gets and returns
    signatures, signatures_v1/v4  who may call
    reading, writing, copying     operations on one object, with conditions, ranges and headers
    deleting, multipart           operations on one or several objects
    listing, pages                the listings
    bucket_operations             operations on buckets
    models, events                the state, and the events of its changes
    rendering, errors             responses, and the error codes
    faults, fault_player          scripted faults
    uploader                      a client with the real SDK
"""

from local_cloud.oss.models import StoredObject
from local_cloud.oss.service import OssService

__all__ = ["OssService", "StoredObject"]
