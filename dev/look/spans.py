"""Spans as a collector received them, and the edges between them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue


@dataclass(frozen=True)
class Span:
    """One span; ids are hex."""

    service: str
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    """Empty for the first of a trace."""
    links: tuple[str, ...]
    """The ids of the spans that it is linked to."""
    attributes: Mapping[str, str]

    def __str__(self) -> str:
        return f"{self.service}: {self.name}"


def read(bodies: Iterable[bytes]) -> list[Span]:
    """The spans in what was posted to ``/v1/traces``."""
    return [span for body in bodies for span in _spans(ExportTraceServiceRequest.FromString(body))]


def _spans(request: ExportTraceServiceRequest) -> Iterator[Span]:
    for resource in request.resource_spans:
        service = _attributes(resource.resource.attributes)["service.name"]
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield Span(
                    service,
                    span.name,
                    span.trace_id.hex(),
                    span.span_id.hex(),
                    span.parent_span_id.hex(),
                    tuple(link.span_id.hex() for link in span.links),
                    _attributes(span.attributes),
                )


def _attributes(pairs: Iterable[KeyValue]) -> dict[str, str]:
    return {pair.key: str(getattr(pair.value, pair.value.WhichOneof("value") or "string_value")) for pair in pairs}


def edges(spans: Iterable[Span]) -> set[str]:
    """Who led to what: ``intake: POST /v1/requests > intake: send legalaid.requests``. First ones lead from nothing."""
    by_id = {span.span_id: span for span in spans}
    return {f"{by_id.get(span.parent_id) or '-'} > {span}" for span in by_id.values()}
