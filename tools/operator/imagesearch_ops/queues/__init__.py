"""Queues of an operator: dead letters are read from them, and announcements are sent to them.

port.py     what a command needs of a queue
sqs.py      the queue on SQS
smq.py      the queue on SMQ
opening.py  the queue of a URL
"""

from imagesearch_ops.queues.opening import open_queue
from imagesearch_ops.queues.port import Count, Message, OperatorQueue

__all__ = ["Count", "Message", "OperatorQueue", "open_queue"]
