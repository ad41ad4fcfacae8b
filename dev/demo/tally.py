"""What the front ends know: what they posted, and what they were answered."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Accepted:
    """A request, as the first answer to it says."""

    request_id: str
    at: datetime
    """Real time at which the front end had the answer."""
    receipt_code: str
    certain_hours: bool
    """The person may only be reached at certain hours: how long the message takes says nothing."""


@dataclass
class Tally:
    """Counted by those who post, not by the services."""

    requests_posted: int = 0
    """POSTs of requests, resends included."""
    calls_posted: int = 0
    """POSTs about calls; a call has two or three."""
    calls: int = 0
    duplicates_resent: int = 0
    """Resends that were given the first answer again."""
    amended: int = 0
    withdrawn: int = 0
    officer_accepted: int = 0
    officer_returned: int = 0
    retries: int = 0
    """Posts that were not answered, or with 503, and made again with the same key."""
    accepted: dict[str, Accepted] = field(default_factory=dict)
    by_key: dict[str, str] = field(default_factory=dict)
    """The request id that each Idempotency-Key was answered with first."""
    strays: dict[str, str] = field(default_factory=dict)
    """Requests that a resend became although it had the key of another: nobody asked for them."""
    owed: set[str] = field(default_factory=set)
    """Calls of which the exchange was told that somebody will call back."""
    unexpected: Counter[str] = field(default_factory=Counter)
    """Answers that no front end should get, by operation and status."""
