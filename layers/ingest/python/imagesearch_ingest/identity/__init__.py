"""Turn the key of an object into the ProductId and PicName of its entry in the index.

rule.py             the whole rule: which keys are skipped, and the IDs of the others
grammar.py          one rule or several, by templates or regular expressions
template.py         templates
fields.py           the names that a rule may read
regex.py            regular expressions in linear time
patterns.py         include and exclude patterns
pattern_list.py     reads a list of patterns, and refuses those that can match nothing
overlap.py          patterns that can match no key, given the prefix and the other list
never_a_picture.py  names of files that are certainly not pictures
"""

from imagesearch_ingest.identity.rule import MAX_ID_CHARACTERS, IdentityRule

__all__ = ["MAX_ID_CHARACTERS", "IdentityRule"]
