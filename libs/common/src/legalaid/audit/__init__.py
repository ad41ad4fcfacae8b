"""Who opened or ordered what: an append-only record, chained by hash (docs/access-record.md)."""

from legalaid.audit.api import attach, recorded
from legalaid.audit.check import RecordCheck
from legalaid.audit.trail import Trail

__all__ = ["RecordCheck", "Trail", "attach", "recorded"]
