"""The vocabulary that every other room shares: reasons, errors, and the values of one object's way to the index."""
