"""Errors in what the operator passes to a command."""


class InputError(Exception):
    """An unusable file, folder or option. The message is one line: which one, what is wrong, and what to do."""
