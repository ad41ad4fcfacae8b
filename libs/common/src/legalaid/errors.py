"""The two kinds of failure that a stage knows; everything else is a bug."""


class TransientError(Exception):
    """A dependency did not answer: the same call may succeed later, so it is tried again in place."""


class PermanentError(Exception):
    """This input can never be processed. ``reason`` is a short code for headers and metrics, never personal data."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
