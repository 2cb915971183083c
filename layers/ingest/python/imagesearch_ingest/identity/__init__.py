"""Turn the key of an object into the ProductId and PicName of its entry in the index.

rule.py the whole rule: which keys are skipped, and the IDs of the others
grammar.py   templates and regular expressions
regex.py     regular expressions in linear time
patterns.py  include and exclude patterns
"""

from imagesearch_ingest.identity.rule import MAX_ID_CHARACTERS, IdentityRule

__all__ = ["MAX_ID_CHARACTERS", "IdentityRule"]
