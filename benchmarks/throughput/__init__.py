"""Measure how the handler works off a backlog at an instance's quota, for the tables of docs/throughput.md."""
