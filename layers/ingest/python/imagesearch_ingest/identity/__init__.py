"""Key → ImageIdentity: under which ProductId and PicName a picture stands in the index, or why it has no place there.

``rule.py`` says which ids a key has, ``grammar.py`` how templates and regular expressions are read, ``patterns.py``
which keys are none of ours.
"""

from imagesearch_ingest.identity.rule import MAX_ID_CHARACTERS, IdentityRule

__all__ = ["MAX_ID_CHARACTERS", "IdentityRule"]
