"""One module a vendor service; only ``bootstrap`` knows them. Each turns its vendor's errors into ``IngestError``."""
