"""Strict stand-ins for the clouds that the function talks to, all on this machine. Never deployed.

The production code runs against them unchanged: only endpoints, keys and the certificate authority differ.

    image_search    Image Search, behind a CONNECT proxy that ends TLS for Alibaba Cloud's host names
    oss, smq        Alibaba Cloud's object storage and message queue
    aws             S3, SQS and Secrets Manager: moto in server mode
    sqs             the standard queues and the move tasks of its SQS
    triggers        from a bucket event to an invocation, as Lambda and EventBridge do it
    runtimes        the function's handler in worker processes
    clouds          all of it put together, on AWS or on Alibaba Cloud
"""
