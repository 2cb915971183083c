"""The ``dlq`` commands: list, show, export, replay and discard what could not be added.

commands.py     the options of each command
session.py      what all commands share: the queues, the summary, the exit code
queues/         a queue on SQS or SMQ, behind one protocol
reading.py      read a queue from end to end, and release everything
letters.py      one message -> one line
folding.py      the lines of one record -> its latest line
filters.py      the expressions of --where
decisions.py    what a replay does with a record
"""
