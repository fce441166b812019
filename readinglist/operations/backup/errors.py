"""What prevents a backup or a restore."""


class BackupError(Exception):
    """The message says what is wrong and what to do."""
