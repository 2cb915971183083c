"""Announce objects to the deployed function.

announcer.py  announcements on their way to the queue
"""
