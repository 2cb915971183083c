"""Put uploaded pictures into Alibaba Cloud Image Search."""

__version__ = "0.1.0"
