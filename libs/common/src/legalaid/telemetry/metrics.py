"""The metrics of the libraries, sorted by area; a service's own are in its ``metrics`` module.

Label values are bounded, and declared with the metric: codes, topics, templates of routes. Never an id, never anything
of a person. Code on a hot path binds its children once: ``children = metrics.X.labels(...)``.
"""

import re

from legalaid.telemetry.registry import AGE_SECONDS, CALL_SECONDS, REGISTRY, Open, counter, gauge, histogram

__all__ = ["REGISTRY"]

_SERVICE = Open("a service", re.compile(r"[a-z]{1,20}"), most=1)
_TOPIC = Open("a topic", re.compile(r"[a-z0-9.-]{1,80}"), most=5)
_PARTITION = Open("its number", re.compile(r"\d{1,3}"), most=24)
_COLLECTION = Open("a collection of the service", re.compile(r"[a-z_]{1,40}"), most=5)
_ROUTE = Open("the template of its path", re.compile(r"/[a-z0-9._{}/-]{0,80}|unmatched"), most=30)
_STATUS = Open("its code; 0: the client went away", re.compile(r"[1-5]\d\d|0"), most=6)
_VERSION = Open("of the package", re.compile(r"[0-9A-Za-z.+-]{1,40}"), most=1)
_REVISION = Open("a commit", re.compile(r"[0-9a-f]{7,40}|unknown"), most=1)
_REFUSALS = (
    "bad-attribute",
    "bad-data",
    "decode-error",
    "gap",
    "handler-error",
    "missing-attribute",
    "not-cloudevents",
    "sealed-box",
    "store-refused",
    "too-large",
    "unknown-type",
    "wrong-topic",
)
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "other")

# All services

BUILD_INFO = gauge(
    "legalaid_build_info",
    "What runs here; always 1.",
    act="Two versions for longer than a roll-out takes: it is stuck; look at the pods of the older one.",
    labels={"service": _SERVICE, "version": _VERSION, "revision": _REVISION},
)

# Consumer

CONSUMER_EVENTS = counter(
    "legalaid_consumer_events_total",
    "Records that were settled: handled, or put into the dead letters.",
    act="Flat while legalaid_consumer_lag_records grows: read the log for batch_retried and partition_stopped.",
    labels={"group": _SERVICE, "topic": _TOPIC},
)
CONSUMER_LATE_EVENTS = counter(
    "legalaid_consumer_late_events_total",
    "Records settled later than 30 seconds after the brokers had them. 99 in 100 shall be settled sooner.",
    act="More than 1 in 100 for long: look at the lag, then at the retries and the batch duration of the same group.",
    labels={"group": _SERVICE, "topic": _TOPIC},
)
CONSUMER_DEAD_LETTERS = counter(
    "legalaid_consumer_dead_letters_total",
    "Records put into the dead letters, by reason. A person's event waits in each of them.",
    act="Any: run `python -m legalaid.bus dead-letters list`, mend the cause, then replay them.",
    labels={"group": _SERVICE, "topic": _TOPIC, "reason": _REFUSALS},
)
CONSUMER_RETRIES = counter(
    "legalaid_consumer_retries_total",
    "Batches tried again because a dependency did not answer. Order is kept and nothing is lost; the partition waits.",
    act="Rising for minutes: mend the dependency that the log line batch_retried names.",
    labels={"group": _SERVICE, "topic": _TOPIC},
)
CONSUMER_LAG = gauge(
    "legalaid_consumer_lag_records",
    "Records of a partition that this group has not settled yet, as of a few seconds ago.",
    act="Growing: too little capacity, a dependency that is away (retries), or a stopped partition.",
    labels={"group": _SERVICE, "topic": _TOPIC, "partition": _PARTITION},
)
CONSUMER_AGE_SECONDS = histogram(
    "legalaid_consumer_event_age_seconds",
    "Age of the oldest record of a batch when the batch was settled: how late this group is.",
    act="Late while the lag is small: look at legalaid_consumer_batch_duration_seconds, then at the store.",
    labels={"group": _SERVICE, "topic": _TOPIC},
    buckets=AGE_SECONDS,
)
CONSUMER_BATCH_RECORDS = histogram(
    "legalaid_consumer_batch_records",
    "Records in a batch: one or two when all is idle, the setting batch_records when there is a backlog.",
    act="None by itself. Always full: there is a backlog, look at the lag.",
    labels={"group": _SERVICE, "topic": _TOPIC},
    buckets=(1, 2, 5, 10, 25, 50, 100, 250, 500, 1000),
)
CONSUMER_BATCH_SECONDS = histogram(
    "legalaid_consumer_batch_duration_seconds",
    "How long a batch took, waiting for dependencies included.",
    act="Slow: follow the trace of one batch, then look at the store's latency.",
    labels={"group": _SERVICE, "topic": _TOPIC},
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60),
)
CONSUMER_PAUSED = gauge(
    "legalaid_consumer_paused_partitions",
    "Partitions whose queue is full, so that their records wait at the brokers.",
    act="Normal in a backlog. For long without one: the handler is slow or hangs.",
    labels={"group": _SERVICE},
)
CONSUMER_STOPPED = gauge(
    "legalaid_consumer_stopped_partitions",
    "Partitions stopped by their breaker: too many dead letters in a row, so the fault is likely ours.",
    act="Any: read the reasons with `python -m legalaid.bus dead-letters list`, mend the cause, restart, replay.",
    labels={"group": _SERVICE},
)
CONSUMER_COMMITS = counter(
    "legalaid_consumer_commits_total",
    "Commits of offsets: ok, rebalanced (came too late, which is normal around a rebalance) or failed.",
    act="Only failed, for minutes: the group's coordinator is away. Work goes on; a restart would repeat it.",
    labels={"group": _SERVICE, "outcome": ("ok", "rebalanced", "failed")},
)
CONSUMER_REBALANCES = counter(
    "legalaid_consumer_rebalances_total",
    "Times that the partitions of this member were taken back to be shared out anew.",
    act="Often, without deployments: members die or are too slow to answer; look at restarts and CPU.",
    labels={"group": _SERVICE},
)
CONSUMER_DRAIN_SECONDS = histogram(
    "legalaid_consumer_drain_duration_seconds",
    "How long a rebalance or a shutdown waited for the batches in hand.",
    act="Near the setting drain_seconds: batches are too long; lower batch_records.",
    labels={"group": _SERVICE},
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 20, 30),
)
CONSUMER_CUT = counter(
    "legalaid_consumer_cut_batches_total",
    "Batches cancelled because they did not end in the time to drain. They are delivered again.",
    act="Any: the handler hangs or is slower than the setting drain_seconds.",
    labels={"group": _SERVICE},
)
CONSUMER_LOST = counter(
    "legalaid_consumer_lost_memberships_total",
    "Memberships that ended by an error; the consumer joins again by itself.",
    act="Rising: the brokers are away or refuse us; the log line membership_lost names the error.",
    labels={"group": _SERVICE},
)

# HTTP

HTTP_REQUEST_SECONDS = histogram(
    "legalaid_http_request_duration_seconds",
    "How long a request took, from its first byte to its last; its count is the number of requests.",
    act="5xx or slow: follow the trace of one, then look at the store's latency and the process's CPU.",
    labels={"method": _METHODS, "route": _ROUTE, "status": _STATUS},
    buckets=CALL_SECONDS,
)
HTTP_REFUSED_CONNECTIONS = counter(
    "legalaid_http_refused_connections_total",
    "Connections closed because they went over a bound of the settings, or spoke no HTTP, by reason.",
    act="Many: somebody attacks, or a front end is broken; runbooks HttpConnectionsFull and HttpConnectionsRefused.",
    labels={"reason": ("answer-time", "body-time", "connections", "head-size", "head-time", "malformed")},
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
    buckets=CALL_SECONDS,
)

# Store

STORE_UNSENT = gauge(
    "legalaid_store_unsent_documents",
    "Documents with events that their writer did not publish in time, as the last sweep found them (500 at most).",
    act="Not back to 0 soon: look at legalaid_producer_failures_total, and in the log for outbox_unpublishable.",
    labels={"collection": _COLLECTION},
)
STORE_SWEPT = counter(
    "legalaid_store_swept_documents_total",
    "Documents whose events the sweeper published.",
    act="Rising without a broken broker: processes die, or publish too slowly after they wrote.",
    labels={"collection": _COLLECTION},
)
STORE_LOST_RACES = counter(
    "legalaid_store_lost_races_total",
    "Documents that somebody else wrote first, so that a batch had to decide on them again.",
    act="Many per second: two processes handle the same keys; look at the consumer group's assignment.",
    labels={"collection": _COLLECTION},
)

STORE_UNSENT_OLDEST_SECONDS = gauge(
    "legalaid_store_unsent_oldest_seconds",
    "Age of the oldest event that its writer did not publish in time, as the last sweep found it; 0: there is none.",
    act="Minutes: what people told stands still; look at legalaid_producer_failures_total and the log of the sweeper.",
    labels={"collection": _COLLECTION},
)

ACCESS_ENTRIES = gauge(
    "legalaid_access_record_entries",
    "The sequence of the last entry that this process wrote into the record of access.",
    act="If the record has fewer entries than this says, somebody took some: docs/access-record.md.",
)
ACCESS_FAULTS = gauge(
    "legalaid_access_record_faults",
    "What the last check found wrong with the record of access; 0 until a check has ended.",
    act="Above 0: somebody altered or took entries. Delete nothing; docs/runbooks/AccessRecordAltered.md.",
)
ACCESS_UNCHECKED_SECONDS = gauge(
    "legalaid_access_record_unchecked_seconds",
    "Time since this process last read the whole record of access to its end; since its start, while it has not.",
    act="Over a day: the daily check does not come to its end; the log lines record_check_put_off say why.",
)
