"""Sources of keys: the listing of a bucket, a file of keys, or an inventory.

port.py     what a command needs of a source
opening.py  the source that ``--keys-from`` and ``--since`` name
"""
