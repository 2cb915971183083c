"""Takes keys, tokens, signatures and signed URLs out of text that leaves the function.

redactor.py   the two ways of reading a text, and the secrets that are known by value
patterns.py   what a secret looks like
"""

from imagesearch_ingest.redaction.redactor import HIDDEN, Redactor, redact_data

__all__ = ["HIDDEN", "Redactor", "redact_data"]
