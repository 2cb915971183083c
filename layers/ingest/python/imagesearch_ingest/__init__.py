"""Put uploaded pictures into Alibaba Cloud Image Search."""

__version__ = "0.2.0"
