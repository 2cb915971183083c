"""What the operator can get wrong."""


class InputError(Exception):
    """A file or folder that was given cannot be used: one line that names it, what is wrong, and what to do."""
