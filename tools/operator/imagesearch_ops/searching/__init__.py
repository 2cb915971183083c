"""Search the instance by a picture."""
