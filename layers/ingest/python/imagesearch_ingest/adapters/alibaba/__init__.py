"""Adapters for Alibaba Cloud OSS and Simple Message Queue, over their SDKs."""
