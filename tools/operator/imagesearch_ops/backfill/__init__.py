"""``backfill``: put the pictures that are in the bucket already into the index.

commands.py       the options
wanted.py         the options together, and the command again to copy
backfilling.py    choose the engine, and run it
engine_name.py    the names of the engines
job.py            what every engine gets
queue_engine.py   the engine that announces the pictures to the deployed function
course.py         the way of that engine through the keys, and up to where everything is settled
limits.py         how many keys it announces, and how many may wait
telling.py        what it says at its end
direct_engine.py  the engine that adds the pictures from this process, with the modules of direct/
bulk/             the engine that uses the batch import of Image Search
as_announced.py   an object as an announcement shows it to the function
letters.py        the dead letters of an engine that does the function's work

status.py         how far a run is, as a screen
funnel.py         how far it is: its folder, the queues, the metrics
log_counts.py     the results of a run in the function's log
cancelling.py     take the announcements of a run out of the queue
sieve.py          find them among live uploads
announced.py      whose announcement a message is
known_run.py      a backfill that was started before
"""
