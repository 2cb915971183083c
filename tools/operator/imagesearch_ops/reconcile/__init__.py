"""``reconcile``: let the function mend what an audit has found.

commands.py     the options
wanted.py       the options together
reconciling.py  the whole command
"""
