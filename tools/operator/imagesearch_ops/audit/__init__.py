"""``audit``: compare the bucket with the index, and give each difference a class.

commands.py       the options
wanted.py         the options together
auditing.py       the whole command
engine.py         the comparison: two sorts and one merge; job.py holds what it works with
bucket_lines.py   objects as lines to sort, known_lines.py letters, dump_lines.py entries (a process of its own)
run_lines.py      fields that sort as their texts do
sorting.py        a sort in a process of its own; line_sort.py does it where there is no GNU sort
comparing.py      the join of both sides, and the class of each object and entry
results.py        what was found, in the order of keys
difference.py     one object or entry, and its class; counts.py counts them
trusting.py       what cannot be concluded from; dumps.py gets the dump and judges it
known.py          what dead letters explain
second_look.py    what is looked at again, by looking.py and asking.py
sampling.py       --sample; sample_counts.py counts it
findings.py       what a person is shown: text.py on a screen, page.py as a page, steps.py the commands to copy
scheduled.py      the command inside a function, and what it counts for an alarm
"""
