"""Check a deployment, and tell how to mend what is wrong."""
