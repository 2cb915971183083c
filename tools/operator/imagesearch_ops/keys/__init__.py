"""Try key rules on lists of keys, without a cloud."""
