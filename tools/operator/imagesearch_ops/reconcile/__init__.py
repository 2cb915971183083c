"""``reconcile``: let the function mend what an audit has found.

commands.py                        the options
wanted.py                          the options together
reconciling.py                     the whole command
finding.py                         take the audit that is named, or make one
audit_run.py                       what an audit has found, from its run folder
guards.py                          why deletions are withheld
sending.py                         announce objects, and tell which are accepted
removals.py                        look at what is gone once more, right before it is announced
unmade.py                          delete entries that no key makes
outcomes.py                        counts and lines
"""
