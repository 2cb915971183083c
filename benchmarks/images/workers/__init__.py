"""One program per contender, each in its own process. All use the protocol in ``protocol.py``."""
