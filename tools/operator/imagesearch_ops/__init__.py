"""The operator's command line, ``imagesearch-ingest``. It is never deployed."""
