"""Bulk import: prepared pictures and ``increment.meta`` in a staging bucket of OSS, read by Image Search itself.

engine.py        the whole run
phases.py        its phases: each is recorded, and a run goes on with the one in which it stopped
rehearsing.py    the dry run
refusing.py      why a bulk import cannot be right, before anything is written
staging.py       the staging bucket
preparing.py     the function's own work, with the staging bucket in the place of the index
filling.py       what becomes of each object, in the order of the keys
lines.py         lines of increment.meta, and the keys that it cannot hold
state.py         what a run remembers
importing.py     the task of Image Search
failures.py      the lines that failed
folding.py       what is left to do after the import
changes.py       what changed in the source meanwhile
telling.py       what it says at its end
recommending.py  when the other engines recommend this one
"""

from imagesearch_ops.backfill.bulk.recommending import advice

__all__ = ["advice"]
