"""The direct engine of ``backfill``: this process does what the function does.

working.py       the loop: start, finish, repeat, stop
pipeline.py      the library's own pipeline over the operator's keys
children.py      the processes that prepare pictures
letters.py       dead letters: into the run's file, then into the queue
ledger.py        what is settled, and up to which key
changes.py       look again at what changed during the run
feed.py          take objects from the source, and settle those that the rule refuses
work.py          one object as a record
counts.py        how many objects ended in which way
interruption.py  let a signal end the command only where nothing is half done
pace.py          how many pictures a second
dry_run.py       list and judge, and change nothing
telling.py       what a person reads at the end
"""
