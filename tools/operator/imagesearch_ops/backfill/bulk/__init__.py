"""Let the batch import of Image Search do a backfill on OSS.

engine.py  the whole of it
"""
