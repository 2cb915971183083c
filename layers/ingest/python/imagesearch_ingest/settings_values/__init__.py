"""Read the values of settings as people write them: understand what is plain, refuse what can match nothing.

environment.py     the variables: blanks, quotes, characters that nobody sees
extra_settings.py  the JSON of further settings
bucket.py          the name of a bucket
queue_url.py       the URL of a queue
key_prefix.py      the prefix of keys
attributes.py      the attributes that metadata may set, and category words

Each reader returns the value in its one form, or raises ``ValueError`` with the remedy.
"""

from imagesearch_ingest.settings_values.attributes import (
    ALL,
    OFF,
    names_from_metadata,
    read_category_words,
    read_metadata,
)
from imagesearch_ingest.settings_values.bucket import read_bucket
from imagesearch_ingest.settings_values.environment import find_bad_characters, read_environment
from imagesearch_ingest.settings_values.extra_settings import EXTRA, read_extra, unfold_extra
from imagesearch_ingest.settings_values.key_prefix import read_prefix
from imagesearch_ingest.settings_values.queue_url import is_same_queue, read_queue_url

__all__ = [
    "ALL",
    "EXTRA",
    "OFF",
    "find_bad_characters",
    "is_same_queue",
    "names_from_metadata",
    "read_bucket",
    "read_category_words",
    "read_environment",
    "read_extra",
    "read_metadata",
    "read_prefix",
    "read_queue_url",
    "unfold_extra",
]
