"""The Image Search instance, over its SDK."""
