"""A backlog through the handler, at the quotas of an instance: the tables of docs/throughput.md."""
