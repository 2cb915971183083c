"""Adapter that prepares images in a child process."""
