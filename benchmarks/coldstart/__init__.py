"""Measure the time from a process's start to the first picture in the index, and the memory of a full batch."""
