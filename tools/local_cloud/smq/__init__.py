"""A stand-in for Simple Message Queue (formerly MNS), for tests and the demo. Never deployed.

It speaks TLS on loopback and follows the API reference, version 2015-06-06.

**Strict**: checks signatures, dates, security tokens, every documented limit and the form of each request, and answers
with the documented code.
**Added**: scripted faults (``faults``), a clock that a test may move, and direct access to the queues.
**Not known**, so chosen here: the order of the checks, and the codes of bad security tokens, which are OSS's.

    service                       puts the parts together, starts and stops
    responses, actions            parse a request, call an operation, render the response
    rendering, documents          the responses, and their XML
    operations                    the operations
    models                        queues and messages
    control                       the control API, as far as it lists rules of OSS
    signatures, errors            who may call, and the error codes
    faults, fault_player          scripted faults
"""

from local_cloud.smq.faults import Fault
from local_cloud.smq.models import Message, Queue
from local_cloud.smq.service import SmqService

__all__ = ["Fault", "Message", "Queue", "SmqService"]
