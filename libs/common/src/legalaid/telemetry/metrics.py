"""All metrics of the libraries and the services, sorted by area. A metric is declared here or it does not exist.

Label values are bounded: topics, groups, route templates, codes. Never an id, never anything of a person.
Code on a hot path binds its children once: ``children = metrics.X.labels(...)``.
"""

from legalaid.telemetry.registry import REGISTRY, counter, gauge, histogram, page

__all__ = ["REGISTRY", "page"]

_HTTP_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

# All services

BUILD_INFO = gauge(
    "legalaid_build_info",
    "What runs here; always 1.",
    act="Two versions for longer than a roll-out takes: it is stuck; look at the pods of the older one.",
    labels=("service", "version", "revision"),
)

# Consumer

_EVENT_AGE_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 60, 300, 1800, 7200, 86400)

CONSUMER_EVENTS = counter(
    "legalaid_consumer_events_total",
    "Records that were settled: handled, or put into the dead letters.",
    act="Flat while legalaid_consumer_lag_records grows: read the log for batch_retried and partition_stopped.",
    labels=("group", "topic"),
)
CONSUMER_LATE_EVENTS = counter(
    "legalaid_consumer_late_events_total",
    "Records settled later than 30 seconds after the brokers had them. 99 in 100 shall be settled sooner.",
    act="More than 1 in 100 for long: look at the lag, then at the retries and the batch duration of the same group.",
    labels=("group", "topic"),
)
CONSUMER_DEAD_LETTERS = counter(
    "legalaid_consumer_dead_letters_total",
    "Records put into the dead letters, by reason. A person's event waits in each of them.",
    act="Any: run `python -m legalaid.bus dead-letters list`, mend the cause, then replay them.",
    labels=("group", "topic", "reason"),
)
CONSUMER_RETRIES = counter(
    "legalaid_consumer_retries_total",
    "Batches tried again because a dependency did not answer. Order is kept and nothing is lost; the partition waits.",
    act="Rising for minutes: mend the dependency that the log line batch_retried names.",
    labels=("group", "topic"),
)
CONSUMER_LAG = gauge(
    "legalaid_consumer_lag_records",
    "Records of a partition that this group has not settled yet, as of a few seconds ago.",
    act="Growing: too little capacity, a dependency that is away (retries), or a stopped partition.",
    labels=("group", "topic", "partition"),
)
CONSUMER_AGE_SECONDS = histogram(
    "legalaid_consumer_event_age_seconds",
    "Age of the oldest record of a batch when the batch was settled: how late this group is.",
    act="Late while the lag is small: look at legalaid_consumer_batch_duration_seconds, then at the store.",
    labels=("group", "topic"),
    buckets=_EVENT_AGE_SECONDS,
)
CONSUMER_BATCH_RECORDS = histogram(
    "legalaid_consumer_batch_records",
    "Records in a batch: one or two when all is idle, the setting batch_records when there is a backlog.",
    act="None by itself. Always full: there is a backlog, look at the lag.",
    labels=("group", "topic"),
    buckets=(1, 2, 5, 10, 25, 50, 100, 250, 500, 1000),
)
CONSUMER_BATCH_SECONDS = histogram(
    "legalaid_consumer_batch_duration_seconds",
    "How long a batch took, waiting for dependencies included.",
    act="Slow: follow the trace of one batch, then look at the store's latency.",
    labels=("group", "topic"),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60),
)
CONSUMER_PAUSED = gauge(
    "legalaid_consumer_paused_partitions",
    "Partitions whose queue is full, so that their records wait at the brokers.",
    act="Normal in a backlog. For long without one: the handler is slow or hangs.",
    labels=("group",),
)
CONSUMER_STOPPED = gauge(
    "legalaid_consumer_stopped_partitions",
    "Partitions stopped by their breaker: too many dead letters in a row, so the fault is likely ours.",
    act="Any: read the reasons with `python -m legalaid.bus dead-letters list`, mend the cause, restart, replay.",
    labels=("group",),
)
CONSUMER_COMMITS = counter(
    "legalaid_consumer_commits_total",
    "Commits of offsets: ok, rebalanced (came too late, which is normal around a rebalance) or failed.",
    act="Only failed, for minutes: the group's coordinator is away. Work goes on; a restart would repeat it.",
    labels=("group", "outcome"),
)
CONSUMER_REBALANCES = counter(
    "legalaid_consumer_rebalances_total",
    "Times that the partitions of this member were taken back to be shared out anew.",
    act="Often, without deployments: members die or are too slow to answer; look at restarts and CPU.",
    labels=("group",),
)
CONSUMER_DRAIN_SECONDS = histogram(
    "legalaid_consumer_drain_duration_seconds",
    "How long a rebalance or a shutdown waited for the batches in hand.",
    act="Near the setting drain_seconds: batches are too long; lower batch_records.",
    labels=("group",),
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 20, 30),
)
CONSUMER_CUT = counter(
    "legalaid_consumer_cut_batches_total",
    "Batches cancelled because they did not end in the time to drain. They are delivered again.",
    act="Any: the handler hangs or is slower than the setting drain_seconds.",
    labels=("group",),
)
CONSUMER_LOST = counter(
    "legalaid_consumer_lost_memberships_total",
    "Memberships that ended by an error; the consumer joins again by itself.",
    act="Rising: the brokers are away or refuse us; the log line membership_lost names the error.",
    labels=("group",),
)

# HTTP

HTTP_REQUEST_SECONDS = histogram(
    "legalaid_http_request_duration_seconds",
    "How long a request took, from its first byte to its last; its count is the number of requests.",
    act="5xx or slow: follow the trace of one, then look at the store's latency and the process's CPU.",
    labels=("method", "route", "status"),
    buckets=_HTTP_SECONDS,
)

# Intake

INTAKE_OFFICE_OPEN = gauge(
    "legalaid_intake_office_open",
    "Whether the hotline is open now by the working calendar: 1 or 0.",
    act="None by itself: 1 without any call for long means that the line or the exchange is broken.",
)
INTAKE_REQUESTS = counter(
    "legalaid_intake_requests_total",
    "Requests by channel, and whether they were new, sent again, or another body under a used key (key-reused).",
    act="Many sent again: a front end misses our answers. key-reused: a front end is broken; tell its people.",
    labels=("channel", "answer"),
)
INTAKE_CALLS = counter(
    "legalaid_intake_calls_total",
    "Things that the exchange told us of calls for the first time, by state.",
    act="Flat in opening hours: the exchange no longer reports; its callers are not called back.",
    labels=("state",),
)
INTAKE_CALLBACKS = counter(
    "legalaid_intake_callbacks_owed_total",
    "Calls that we promised to return, by reason.",
    act="Many MISSED or ABANDONED: too few operators for the calls that come.",
    labels=("reason",),
)
INTAKE_STATUS_CHECKS = counter(
    "legalaid_intake_status_checks_total",
    "Status checks by answer: told, no-match, too-many.",
    act="Many no-match or too-many: somebody guesses codes or numbers; look at the client's traffic.",
    labels=("answer",),
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

# Routing

ROUTING_CASE_EVENTS = counter(
    "legalaid_routing_case_events_total",
    "Events of cases that this process published, by type, by the owner's kind (NONE for a case that ended) and by the "
    "province of the case (empty while unknown).",
    act="Many opened for the DESK: places are not understood, or a centre is missing in the directory.",
    labels=("type", "owner", "province"),
)
ROUTING_OPEN_CASES = gauge(
    "legalaid_routing_open_cases",
    "Open cases by kind, kind of owner, province of the case (empty while unknown) and status, as last counted.",
    act="Growing for days in a province: its centre has too few people, or does not look; call it.",
    labels=("kind", "owner", "province", "status"),
)
ROUTING_OPEN_CASES_DUE = gauge(
    "legalaid_routing_open_cases_due",
    "Open cases by kind of owner and by how far their due time is: overdue, within a day, three days, or later.",
    act="overdue above 0: somebody waits longer than the law or we allow; the owner's work-list shows who, due first.",
    labels=("owner", "due"),
)
ROUTING_COMMANDS = counter(
    "legalaid_routing_commands_total",
    "Officers' commands by name, and whether they were done, sent again (replayed) or did not fit a case (conflict).",
    act="Many conflicts: officers work on lists that are old; look at how their front end refreshes.",
    labels=("command", "result"),
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

STORE_UNSENT_OLDEST_SECONDS = gauge(
    "legalaid_store_unsent_oldest_seconds",
    "Age of the oldest event that its writer did not publish in time, as the last sweep found it; 0: there is none.",
    act="Minutes: what people told stands still; look at legalaid_producer_failures_total and the log of the sweeper.",
    labels=("collection",),
)

# Notify

NOTIFY_CALLS_OWED = gauge(
    "legalaid_notify_calls_owed",
    "Calls that people are owed instead of a message, by how far their due time is: overdue, within a day, or later.",
    act="overdue above 0: the Desk or the centre must call now; /v1/callbacks shows whom.",
    labels=("due",),
)
NOTIFY_FAILURES = counter(
    "legalaid_notify_failures_total",
    "Notices that a bug or a failure inside notify left marked as being sent; they are settled when their lease ends.",
    act="Above 0: read notice_left_in_doubt in the log.",
)
NOTIFY_GATEWAY_ERRORS = counter(
    "legalaid_notify_gateway_errors_total",
    "Messages that the gateway did not take now, or whose answer was lost, by the gateway's code.",
    act="http-401, esms-101 to esms-104: mend key, balance or brand name. Others for long: call the provider.",
    labels=("gateway", "code"),
)
NOTIFY_GATEWAY_SECONDS = histogram(
    "legalaid_notify_gateway_duration_seconds",
    "How long the gateway took to answer.",
    act="Slow: messages wait; look at the provider, then at legalaid_notify_gateway_errors_total.",
    labels=("gateway",),
    buckets=_HTTP_SECONDS,
)
NOTIFY_NOTICES = gauge(
    "legalaid_notify_notices",
    "Notices that somebody or something still has to act on, by state and channel, as last counted. What came to an "
    "end is in legalaid_notify_outcomes_total.",
    act="PENDING growing by day: the gateway fails or is too slow. UNKNOWN: a person decides at /v1/notices.",
    labels=("state", "channel"),
)
NOTIFY_OLDEST_WAITING_SECONDS = gauge(
    "legalaid_notify_oldest_waiting_seconds",
    "How long the message has been waiting that may go for the longest time already; 0: none waits.",
    act="Minutes: no sender runs, or the gateway fails; look at legalaid_notify_gateway_errors_total.",
)
NOTIFY_OUTCOMES = counter(
    "legalaid_notify_outcomes_total",
    "What became of messages, as it was written: the state after an attempt.",
    act="UNKNOWN: a person decides at /v1/notices. FAILED, CALLBACK_OWED rising: the gateway refuses.",
    labels=("state", "channel"),
)
NOTIFY_WAIT_SECONDS = histogram(
    "legalaid_notify_wait_seconds",
    "How long messages waited that the gateway took, from when they were allowed to go until we knew that it had them.",
    act="Long: look at legalaid_notify_gateway_duration_seconds, then at the sender's room (at_once).",
    buckets=_EVENT_AGE_SECONDS,
)
