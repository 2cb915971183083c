"""What stops a release."""


class ReleaseError(Exception):
    """Says in one line why no release is built, and what to do."""
