"""Write dead letters: which object could not be added, why, what the index holds, and everything that a replay needs.

    compose.py   an outcome and its record -> a letter
    letter.py    the letter as JSON
    queue.py     the port to send it through

Letters are written at least once. Two letters with one ``record_id`` are about the same fault: readers keep the latest.
"""

from imagesearch_ingest.dead_letters.compose import Origin, dead_letter
from imagesearch_ingest.dead_letters.letter import DeadLetter

__all__ = ["DeadLetter", "Origin", "dead_letter"]
