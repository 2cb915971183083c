"""A stand-in for Alibaba Cloud's STS with the operation AssumeRoleWithOIDC, for tests. Never deployed.

It follows the API reference, version 2015-04-01, and speaks TLS on loopback. The local Image Search's proxy can serve
its host names too, so that the function needs no other address than the vendor's.

**Strict**: fetches the issuer's keys over TLS, compares the fingerprint of its authority, verifies RS256 and
every claim, evaluates the role's trust policy, and answers with the documented codes and statuses.
**Added**: scripted faults, a clock that a test may move, keys with a shorter life than anybody may ask for, and a list
of calls that says where each token was: in the URL, or in the body.
**Not known**, so chosen here: what docs/local-cloud.md lists.

    service                 puts the parts together, starts and stops
    responses, rendering    parse a request, call the operation, render the response
    operations, policies    the operation, and the trust policy of a role
    models                  identity providers, roles and issued keys
    issuer, signatures      the issuer's keys, and the token's signature and claims
    errors                  the error codes
    faults, fault_player    scripted faults
"""

from local_cloud.sts.faults import Fault
from local_cloud.sts.models import IssuedKey, OidcProvider, Role
from local_cloud.sts.service import StsService

__all__ = ["Fault", "IssuedKey", "OidcProvider", "Role", "StsService"]
