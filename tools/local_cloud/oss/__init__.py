"""A stand-in for Alibaba Cloud OSS, for tests and the demo. Never deployed.

    with OssService(region="cn-shanghai", access_key_id="id", access_key_secret="secret") as service:
        service.make_bucket("pictures")
        client = oss_client(credentials, region="cn-shanghai", endpoint=service.url, ca_bundle=service.ca_path)

It speaks TLS on loopback with a certificate of a private authority. The SDK uses path style for an endpoint that is an
IP address. Path style is the only style here; the real service refuses it (SecondLevelDomainForbidden).

**Strict**: checks version 4 signatures with their region, date and scope, clocks 15 minutes apart, security tokens
(unknown or expired), the names of buckets and objects, and refuses parameters that it does not support.
**Added**: scripted faults (``faults``), rights that can be taken away (``denied``), ``on_event`` for each change.
**Simpler than the service**: no ACLs, multipart uploads, ranges or version ids in requests.
**Not known**, so chosen here: the order of the checks, the fields of a removal event besides the key, and the checksum
header of a link.

    service                       puts the parts together, starts and stops
    responses, rendering          parse a request, call an operation, render the response
    operations, listing           the operations
    models, events                the state, and the events of its changes
    signatures, errors            who may call, and the error codes
    faults, fault_player          scripted faults
    uploader                      a client with the real SDK
"""

from local_cloud.oss.models import StoredObject
from local_cloud.oss.service import OssService

__all__ = ["OssService", "StoredObject"]
