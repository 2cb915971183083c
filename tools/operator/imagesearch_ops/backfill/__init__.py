"""``backfill``: put the pictures that are in the bucket already into the index.

commands.py     the options
wanted.py       the options together, and the command again to copy
backfilling.py  choose the engine, and run it
job.py          what every engine gets
"""
