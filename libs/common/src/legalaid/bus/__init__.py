"""Kafka: publishing, and the consumer loop (docs/consumer-loop.md).

``python -m legalaid.bus topics`` makes the topics; ``python -m legalaid.bus dead-letters`` looks into dead letters.
"""

from legalaid.bus.batch import Batch, Handler
from legalaid.bus.consumer import Consumer
from legalaid.bus.log import Log
from legalaid.bus.producer import Producer
from legalaid.bus.topics import create_topics

__all__ = ["Batch", "Consumer", "Handler", "Log", "Producer", "create_topics"]
