"""Buckets and folders as a command reads them: every key in order, and one object at a time.

port.py      what commands need of a bucket
opening.py   the bucket or folder that a URL or a path names
listing.py   a listing that is believed only if it can be right
s3.py        S3
oss.py       OSS
folder.py    a folder that stands for a bucket
patience.py  repeating what may pass
looking.py   asking whether an object exists
existence.py, existence_*.py  what the answers of S3 and OSS prove
"""
