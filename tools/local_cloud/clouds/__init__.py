"""Put the stand-ins together: one bucket, its queues, one Image Search instance and the function between them.

cloud      what both clouds have in common
aws        S3, SQS and Lambda
alibaba    OSS, SMQ, EventBridge and Function Compute
settings   reads the settings of the function
state      saves and restores the bucket and the dead letters
"""
