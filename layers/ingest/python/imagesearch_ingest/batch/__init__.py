"""Run a batch of records. Each object is reconciled once, and each record is settled separately."""
