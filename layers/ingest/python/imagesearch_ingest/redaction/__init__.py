"""Redact access keys, tokens, signatures and signed URLs in text that leaves the function.

redactor.py   redaction in two modes, and of secrets that are known by value
patterns.py   regular expressions that match secrets
"""

from imagesearch_ingest.redaction.redactor import HIDDEN, Redactor, redact_data

__all__ = ["HIDDEN", "Redactor", "redact_data"]
