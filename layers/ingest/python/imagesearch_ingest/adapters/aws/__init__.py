"""Adapters for Amazon S3, SQS and Secrets Manager, over botocore."""
