"""Prepare images in a child process."""
