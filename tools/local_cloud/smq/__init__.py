"""Simple Message Queue (formerly MNS) on loopback, over TLS: strict, with a clock that can be given and faults on call.

Built after its API reference (version 2015-06-06); what it refuses, it refuses with the documented code.
"""

from local_cloud.smq.faults import Fault
from local_cloud.smq.queues import Message, Queue
from local_cloud.smq.service import SmqService

__all__ = ["Fault", "Message", "Queue", "SmqService"]
