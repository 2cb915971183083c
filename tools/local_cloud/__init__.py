"""The cloud on this machine: strict stand-ins for what the function talks to. Never deployed.

The production code runs against them unchanged: only endpoints, keys and a certificate authority differ.

    LocalCloud         one bucket, its queues, one Image Search instance, and the function between them
    image_search       Image Search, behind a CONNECT proxy that ends TLS for Alibaba Cloud's own host names
    aws                S3 and SQS: moto in server mode
    event_source       takes batches from the queue, invokes the function, settles them as Lambda does
    function           runs a handler in processes of its own, over the Lambda Runtime API
"""

from local_cloud.cloud import LocalCloud

__all__ = ["LocalCloud"]
