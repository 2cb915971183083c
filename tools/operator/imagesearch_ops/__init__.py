"""The operator's command line, ``imagesearch-ingest``. Never deployed."""
