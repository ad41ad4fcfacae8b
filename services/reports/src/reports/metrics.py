"""What reports measures."""

from legalaid.telemetry.registry import gauge

REBUILD_DIFFERENCES = gauge(
    "legalaid_reports_rebuild_differences",
    "Documents that are not what the log says, as the last rebuild check found.",
    act="Above 0: the numbers of the ministry are wrong, or were; run `python -m reports rebuild`, it names each.",
)
REBUILD_UNPROVED_SECONDS = gauge(
    "legalaid_reports_rebuild_unproved_seconds",
    "Time since a rebuild check found every document to be what the log says; since the first start, while none did.",
    act="Over a day: the nightly check fails or does not run; look at its Job.",
)
