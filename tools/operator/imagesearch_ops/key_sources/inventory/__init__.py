"""Inventories of S3 and OSS: a manifest, and the files of rows that it lists.

manifest.py  what a manifest says
checked.py   the size and MD5 of a data file
rows.py      the objects in a data file
files.py     an inventory on this machine; nothing slow is imported, so that a process of its own starts quickly
cloud.py     an inventory that stays in its bucket
source.py    an inventory as a source of keys

Sources: S3 user guide, "Cataloging and analyzing your data with S3 Inventory" and "Locating your inventory list"; OSS
user guide, "Bucket inventory".
"""
