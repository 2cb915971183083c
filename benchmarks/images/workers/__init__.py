"""One program a contender, each in a process of its own. All speak the same lines: see ``protocol.py``."""
