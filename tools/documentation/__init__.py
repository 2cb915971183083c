"""Generate parts of the documents from the code. Nothing here is installed or deployed."""
