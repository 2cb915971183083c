"""Make the index hold what the bucket holds now, for one object."""
