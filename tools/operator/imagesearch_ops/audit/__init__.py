"""``audit``: compare the bucket with the index, and give each difference a class.

commands.py    the options
wanted.py      the options together
auditing.py    the whole audit
difference.py  one object or entry, and its class
"""
