"""A stand-in for the control API of Alibaba Cloud's EventBridge, for tests. Never deployed.

It follows the API reference, version 2020-04-01, and speaks TLS on loopback. The local Image Search's proxy can serve
its host name, too. It holds the rules; ``local_cloud.triggers`` matches and sends events.

**Strict**: verifies ACS3 signatures and the token of a temporary key, refuses unknown parameters and targets of another
form than documented, and answers with the documented codes.
**Added**: scripted faults, missing permissions, an account that has not activated the service, and a list of calls.
**Not known**, so chosen here: what docs/local-cloud.md lists.

    service                 puts the parts together, starts and stops
    responses, rendering    check a request, call the operation, render the response
    operations              the operations on rules and targets
    models                  buses, rules and targets
    signatures              the signatures of requests
    errors                  the error codes
    faults, fault_player    scripted faults
"""

from local_cloud.eventbridge.faults import Fault
from local_cloud.eventbridge.models import Rule
from local_cloud.eventbridge.service import EventBridgeService, control_host

__all__ = ["EventBridgeService", "Fault", "Rule", "control_host"]
