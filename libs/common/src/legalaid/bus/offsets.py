"""How far one partition has come. A commit says "all before this is done", so there may be no gap before it."""


class Progress:
    """Three marks on one partition, each the offset of the first record not yet taken, done or committed.

    Always committed <= done <= taken, and none goes back. Records are done in the order in which they were taken.
    """

    def __init__(self) -> None:
        self.taken: int | None = None
        self.done: int | None = None
        self.committed: int | None = None

    def take(self, following: int) -> None:
        """Records up to, not including, ``following`` were fetched. Raises ``ValueError`` for old ones."""
        if self.taken is not None and following <= self.taken:
            message = f"taken up to {self.taken}, and now again up to {following}"
            raise ValueError(message)
        self.taken = following

    def finish(self, following: int) -> None:
        """Records up to, not including, ``following`` are stored, published or dead letters.

        Raises ``ValueError`` when they were done before or never taken: a commit from there would lose or repeat.
        """
        if self.taken is None or following > self.taken or (self.done is not None and following <= self.done):
            message = f"taken up to {self.taken}, done up to {self.done}, and now done up to {following}"
            raise ValueError(message)
        self.done = following

    def to_commit(self) -> int | None:
        """What a commit should say, or None when the last one said it."""
        return None if self.done == self.committed else self.done

    def confirm(self, following: int) -> None:
        """The brokers keep ``following``."""
        self.committed = following
