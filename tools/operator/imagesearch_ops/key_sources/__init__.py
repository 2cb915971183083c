"""Sources of keys: the listing of a bucket, a file of keys, or an inventory.

port.py      what a command needs of a source
opening.py   the source that ``--keys-from`` and ``--since`` name
listing.py   the listing
key_file.py  a file of lines, or standard input
lines.py     what one line names
inventory/   an inventory of S3 or OSS
since.py     the filter by time
resuming.py  going on behind what was done
"""
