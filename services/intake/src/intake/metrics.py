"""What intake measures."""

from intake.rules.calls import CallState
from legalaid.events.words import CallbackReason, Channel
from legalaid.telemetry.registry import counter, gauge

OFFICE_OPEN = gauge(
    "legalaid_intake_office_open",
    "Whether the hotline is open now by the working calendar: 1 or 0.",
    act="None by itself: 1 without any call for long means that the line or the exchange is broken.",
)
REQUESTS = counter(
    "legalaid_intake_requests_total",
    "Requests by channel, and whether they were new, sent again, of another body under a used key, or too many.",
    act="Many sent again: a front end misses our answers. key-reused: a front end is broken; tell its people. too-many:"
    " somebody floods us, or uses another's number.",
    labels={"channel": Channel, "answer": ("new", "resent", "key-reused", "too-many")},
)
CALLS = counter(
    "legalaid_intake_calls_total",
    "Things that the exchange told us of calls for the first time, by state.",
    act="Flat in opening hours: the exchange no longer reports; its callers are not called back.",
    labels={"state": CallState},
)
CALLBACKS = counter(
    "legalaid_intake_callbacks_owed_total",
    "Calls that we promised to return, by reason.",
    act="Many MISSED or ABANDONED: too few operators for the calls that come.",
    labels={"reason": CallbackReason},
)
STATUS_CHECKS = counter(
    "legalaid_intake_status_checks_total",
    "Status checks by answer: told, no-match, too-many.",
    act="Many no-match or too-many: somebody guesses codes or numbers; look at the client's traffic.",
    labels={"answer": ("told", "no-match", "too-many")},
)
