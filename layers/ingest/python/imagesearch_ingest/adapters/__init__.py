"""Adapters for vendor services. Each turns its vendor's errors into ``IngestError``. Only ``bootstrap`` knows them."""
