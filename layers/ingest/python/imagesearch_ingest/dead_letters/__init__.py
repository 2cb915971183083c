"""Outcome → dead letter: what could not be added, why, what the index holds, and all that a replay needs.

At least once, one per ``record_id``: readers fold by it.
"""

from imagesearch_ingest.dead_letters.compose import Origin, dead_letter
from imagesearch_ingest.dead_letters.letter import DeadLetter

__all__ = ["DeadLetter", "Origin", "dead_letter"]
