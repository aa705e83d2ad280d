"""What keeps a package from being built, in one line.

PackageError
"""


class PackageError(Exception):
    """Something is missing or does not fit: the text says what, and what to do."""
