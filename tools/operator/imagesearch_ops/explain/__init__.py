"""Tell why one object is in the index, or why it is not."""
