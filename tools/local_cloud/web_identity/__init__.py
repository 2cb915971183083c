"""AWS's identity tokens for other clouds, in front of moto, which knows none of these operations. Never deployed.

STS: GetWebIdentityToken. IAM: EnableOutboundWebIdentityFederation, DisableOutboundWebIdentityFederation,
GetOutboundWebIdentityFederationInfo, and SimulatePrincipalPolicy for the permission to get a token. The issuer
publishes its configuration and its keys over TLS.

Sources: botocore's models of STS and IAM; IAM user guide, "Understanding token claims" and "Getting started with
outbound identity federation".

**Strict**: checks every limit of the models, signs tokens for real, and refuses a request whose time is off, which moto
does not.
**Not known**, so chosen here: the texts of errors, and the moment from which a new issuer answers.

    service               the issuer, which publishes the keys
    responses, rendering  answers the operations, and passes all other requests on
    operations            the operations
    models                the account's federation: issuer, keys, and whether it is enabled
    errors                the error codes
"""

from local_cloud.web_identity.models import Federation
from local_cloud.web_identity.responses import WebIdentity
from local_cloud.web_identity.service import Issuer

__all__ = ["Federation", "Issuer", "WebIdentity"]
