"""Run a batch of records: each object once, each record settled by itself."""
