"""The metrics of one group and topic, bound once: looking up a child costs more than counting with it."""

from dataclasses import dataclass

from prometheus_client import Counter, Histogram

from legalaid.bus.dead_letters import Refusal
from legalaid.telemetry import metrics


@dataclass(frozen=True)
class Meters:
    """What a worker counts."""

    group: str
    topic: str
    events: Counter
    late: Counter
    retries: Counter
    records: Histogram
    duration: Histogram
    age: Histogram

    @classmethod
    def of(cls, group: str, topic: str) -> "Meters":
        """Bound to this group and topic."""
        return cls(
            group,
            topic,
            metrics.CONSUMER_EVENTS.labels(group, topic),
            metrics.CONSUMER_LATE_EVENTS.labels(group, topic),
            metrics.CONSUMER_RETRIES.labels(group, topic),
            metrics.CONSUMER_BATCH_RECORDS.labels(group, topic),
            metrics.CONSUMER_BATCH_SECONDS.labels(group, topic),
            metrics.CONSUMER_AGE_SECONDS.labels(group, topic),
        )

    def buried(self, refusal: Refusal) -> None:
        """A dead letter is rare enough to be looked up."""
        metrics.CONSUMER_DEAD_LETTERS.labels(self.group, self.topic, refusal.reason).inc()
