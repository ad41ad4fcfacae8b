"""All metrics of the libraries and the services, sorted by area. A metric is declared here or it does not exist.

Label values are bounded: topics, groups, route templates, codes. Never an id, never anything of a person.
Code on a hot path binds its children once: ``children = metrics.X.labels(...)``.
"""

from legalaid.telemetry.registry import REGISTRY, counter, gauge, histogram, page

__all__ = ["REGISTRY", "page"]

_HTTP_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

# HTTP

HTTP_REQUEST_SECONDS = histogram(
    "legalaid_http_request_duration_seconds",
    "How long a request took, from its first byte to its last; its count is the number of requests.",
    act="5xx or slow: follow the trace of one, then look at the store's latency and the process's CPU.",
    labels=("method", "route", "status"),
    buckets=_HTTP_SECONDS,
)

# Producer

PRODUCER_MESSAGES = counter(
    "legalaid_producer_messages_total",
    "Records that the brokers acknowledged.",
    act="Flat while requests come in: look at legalaid_producer_failures_total and at the brokers.",
)
PRODUCER_FAILURES = counter(
    "legalaid_producer_failures_total",
    "Publications that were not acknowledged in time. Nothing is lost: they are published again.",
    act="Rising: the brokers are away or refuse us. What is published late lies in outboxes until then.",
)
PRODUCER_PUBLISH_SECONDS = histogram(
    "legalaid_producer_publish_duration_seconds",
    "How long a publication waited until all its records were acknowledged.",
    act="Slow: look at the brokers' disks and replication.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)

# Store

STORE_UNSENT = gauge(
    "legalaid_store_unsent_documents",
    "Documents with events that their writer did not publish in time, as the last sweep found them (500 at most).",
    act="Not back to 0 soon: look at legalaid_producer_failures_total, and in the log for outbox_unpublishable.",
    labels=("collection",),
)
STORE_SWEPT = counter(
    "legalaid_store_swept_documents_total",
    "Documents whose events the sweeper published.",
    act="Rising without a broken broker: processes die, or publish too slowly after they wrote.",
    labels=("collection",),
)
STORE_LOST_RACES = counter(
    "legalaid_store_lost_races_total",
    "Documents that somebody else wrote first, so that a batch had to decide on them again.",
    act="Many per second: two processes handle the same keys; look at the consumer group's assignment.",
    labels=("collection",),
)
