"""Logs: JSON lines on standard output, ours and those of the libraries, all through the same redaction."""

import logging
import sys
import threading
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Any

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from legalaid.telemetry import exceptions, redaction, tracing

_QUIET = {"httpx": "WARNING", "httpcore": "WARNING", "uvicorn.access": "WARNING", "aiokafka": "WARNING"}
"""Libraries whose INFO is a line for each request or each rebalance step."""


def configure(service: str, level: str, *, version: str) -> None:
    """Send every log line of this process to standard output as JSON, from ``level`` upwards."""
    lowest = logging.getLevelNamesMapping()[level.upper()]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        partial(_about, {"service": service, "version": version}),
        _trace_ids,
        exceptions.processor,
        redaction.redact,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(orjson.dumps)],
        wrapper_class=structlog.make_filtering_bound_logger(lowest),
        logger_factory=structlog.BytesLoggerFactory(sys.stdout.buffer),
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    root.handlers = [_Bridge(shared)]
    root.setLevel(lowest)
    for name, least in _QUIET.items():
        logging.getLogger(name).setLevel(max(lowest, logging.getLevelNamesMapping()[least]))
    logging.captureWarnings(capture=True)
    sys.excepthook = _uncaught
    threading.excepthook = lambda about: _uncaught(about.exc_type, about.exc_value, about.exc_traceback)


class _Bridge(logging.Handler):
    """Records of the standard library as lines of ours.

    The template of a record is code and may pass; its arguments are data and are masked one by one.
    """

    def __init__(self, processors: list[Processor]) -> None:
        super().__init__()
        self._processors = processors
        self._write: Callable[[bytes], None] = structlog.BytesLogger(sys.stdout.buffer).msg

    def emit(self, record: logging.LogRecord) -> None:
        line: EventDict = {"event": "library_log", "logger": record.name, "exc_info": record.exc_info}
        for process in self._processors:
            line = process(None, record.levelname.lower(), line)  # type: ignore[assignment]  # ours all give a dict
        line["detail"] = _sentence(record)
        self._write(orjson.dumps(line))


def _sentence(record: logging.LogRecord) -> str:
    template = str(record.msg)
    if not record.args:
        return redaction.mask_sentence(template)
    given = record.args
    try:
        if isinstance(given, dict):
            return redaction.mask_sentence(template % {key: _harmless(held) for key, held in given.items()})
        return redaction.mask_sentence(template % tuple(_harmless(held) for held in given))
    except (TypeError, ValueError):  # a masked argument is text where the template wants a number
        return redaction.mask_sentence(template)


def _harmless(value: Any) -> Any:
    return redaction.mask(value)


def _about(constants: dict[str, str], _logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    line.update(constants)
    return line


def _trace_ids(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    if "trace_id" not in line:  # a line about one event of a batch names that event's trace
        trace_id, span_id = tracing.ids()
        line.update({key: held for key, held in (("trace_id", trace_id), ("span_id", span_id)) if held is not None})
    return line


def _uncaught(_kind: type[BaseException], error: BaseException | None, _traceback: TracebackType | None) -> None:
    structlog.get_logger().critical("uncaught_exception", exc_info=error)
