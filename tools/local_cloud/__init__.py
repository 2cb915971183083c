"""The clouds on this machine: strict stand-ins for what the function talks to. Never deployed.

The production code runs against them unchanged: only endpoints, keys and a certificate authority differ.

    cloud              one bucket, its queues, one Image Search instance, and the function between them, put together:
      aws_cloud          on AWS
      alibaba_cloud      on Alibaba Cloud
    image_search       Image Search, behind a CONNECT proxy that ends TLS for Alibaba Cloud's own host names
    aws                S3 and SQS: moto in server mode
    oss, smq           Alibaba Cloud's bucket and queue
    event_source       takes batches from SQS, invokes the function, settles them as Lambda does
    event_stream       the same from SMQ, as EventBridge does
    function           runs a handler in processes of its own, over the Lambda Runtime API
"""
