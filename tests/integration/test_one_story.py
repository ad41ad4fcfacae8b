"""A request is one trace through all four services, and its id finds it: in spans, in logs, and from a histogram."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import httpx
import pytest

from dev.demo.crowd import CLOCK
from dev.look import spans
from dev.look.leaks import Collector
from dev.look.spans import Span
from dev.stack.backend import chosen_stack
from dev.stack.installation import SERVICES, Installation, installation
from dev.stack.keys import OPERATOR, Client, officer
from dev.stack.process import wait_until
from legalaid import ids
from legalaid.telemetry.registry import UNDECLARED

pytestmark = pytest.mark.timeout(240)

REQUEST = """
- > intake: POST /v1/requests
intake: POST /v1/requests > intake: send legalaid.requests
intake: send legalaid.requests > routing: process legalaid.requests
intake: send legalaid.requests > reports: process legalaid.requests
routing: process legalaid.requests > routing: send legalaid.cases
routing: send legalaid.cases > intake: process legalaid.cases
routing: send legalaid.cases > notify: process legalaid.cases
routing: send legalaid.cases > reports: process legalaid.cases
notify: process legalaid.cases > notify: send sms
notify: process legalaid.cases > notify: send legalaid.notices
notify: send legalaid.notices > reports: process legalaid.notices
"""
ACCEPTANCE = """
- > routing: POST /v1/cases/{case_id}/accept
routing: POST /v1/cases/{case_id}/accept > routing: send legalaid.cases
routing: send legalaid.cases > intake: process legalaid.cases
routing: send legalaid.cases > notify: process legalaid.cases
routing: send legalaid.cases > reports: process legalaid.cases
notify: process legalaid.cases > notify: send sms
notify: process legalaid.cases > notify: send legalaid.notices
notify: send legalaid.notices > reports: process legalaid.notices
"""
BODY = {
    "channel": "HOTLINE",
    "person": {"name": "Giàng Thị Mỷ", "phone": "0912 345 678"},
    "residence": {"text": "huyện Mường Nhé, tỉnh Điện Biên"},
    "matter": {"field": "LAND_HOUSING_ENVIRONMENT", "form": "LEGAL_ADVICE", "story": "Nhà hàng xóm rào mất nương."},
    "facts": {"household": "POOR"},
    "consent": {
        "purposes": ["CASE_HANDLING", "SMS_UPDATES"],
        "given_by": "PERSON",
        "at": "2026-11-23T08:59:00+07:00",
        "text_version": "1",
        "evidence": "recording",
    },
}


@dataclass
class Story:
    """What one person asked and an officer accepted, and everything that was recorded of it."""

    running: Installation
    collector: Collector
    request_id: str = ""
    traces: list[str] = field(default_factory=list)
    """The traces that have to do with the request, oldest first."""

    def post(self, service: str, path: str, who: Client, body: object = None) -> httpx.Response:
        token, key = self.running.authority.token(who), ids.random_id()
        headers = {"authorization": f"Bearer {token}", "idempotency-key": f'"{key}"'}
        answer = httpx.post(self.running[service].url + path, json=body, headers=headers, timeout=20)
        assert answer.is_success, answer.text
        return answer

    def spans(self) -> list[Span]:
        return spans.read(list(self.collector.received))

    def about(self) -> list[Span]:
        """The spans that the request id finds."""
        return [span for span in self.spans() if span.attributes.get("legalaid.request_id") == self.request_id]

    def recorded(self, expected: str) -> set[str]:
        """The edges of the newest trace that the request id finds, once they are as expected, or do not become so."""

        def edges() -> set[str]:
            new = [span for span in self.about() if span.trace_id not in self.traces]
            trace = new[0].trace_id if new else ""
            return spans.edges(span for span in self.spans() if span.trace_id == trace)

        wait_until(lambda: edges() == matrix(expected), 30)
        found = edges()
        self.traces += dict.fromkeys(span.trace_id for span in self.about() if span.trace_id not in self.traces)
        return found

    def metrics(self, service: str) -> str:
        accept = {"accept": "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"}
        answer = httpx.get(f"{self.running[service].url}/metrics", headers=accept)
        assert answer.headers["content-type"].startswith("application/openmetrics-text")
        return answer.text


def matrix(edges: str) -> set[str]:
    return set(edges.strip().splitlines())


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """A request that was posted and told, and then an acceptance: both traced to their ends."""
    place = tmp_path_factory.mktemp("one-story")
    with chosen_stack(place / "stack") as stack, Collector() as collector:
        extra = {
            "LEGALAID_TELEMETRY__OTLP_ENDPOINT": collector.url,
            "LEGALAID_TELEMETRY__TRACE_RATIO": "1",
            "OTEL_BSP_SCHEDULE_DELAY": "200",
            "LEGALAID_SENDER__TOGETHER_SECONDS": "0",  # both pieces of news are told within moments
        }
        prefix = f"t{ids.random_id()[:8]}-"
        with installation(stack, place, clock=CLOCK, prefix=prefix, extra=extra) as running:
            told = Story(running, collector)
            told.request_id = told.post("intake", "/v1/requests", OPERATOR, BODY).json()["request_id"]
            assert told.recorded(REQUEST) == matrix(REQUEST)
            told.post("routing", f"/v1/cases/{told.request_id}/accept", officer("TGPL-11"))
            assert told.recorded(ACCEPTANCE) == matrix(ACCEPTANCE)
            yield told


def test_each_trace_of_the_request_is_found_by_its_id_and_every_step_of_it_is(story: Story) -> None:
    assert len(story.traces) == 2
    found = {span.span_id for span in story.about()}
    whole = {span.span_id for span in story.spans() if span.trace_id in story.traces}
    assert found == whole


def test_each_step_is_linked_to_the_batch_that_it_was_done_in(story: Story) -> None:
    by_id = {span.span_id: span for span in story.spans()}
    for span in story.about():
        operation, _, topic = span.name.partition(" ")
        if operation != "process":
            continue
        (batch,) = (by_id[link] for link in span.links)
        assert str(batch) == f"{span.service}: batch {topic}"
        assert span.parent_id in batch.links


def test_logs_of_all_services_name_the_same_traces(story: Story) -> None:
    for service in SERVICES:
        lines = [json.loads(line) for line in story.running[service].log.read_text().splitlines()]
        about = [line for line in lines if line.get("request_id") == story.request_id]
        assert {line["trace_id"] for line in about} == set(story.traces), service
        spans_of_service = {span.span_id for span in story.about() if span.service == service}
        assert {line["span_id"] for line in about} == spans_of_service, service


@pytest.mark.parametrize(
    ("service", "histogram"),
    [
        ("intake", "legalaid_http_request_duration_seconds"),
        ("notify", "legalaid_notify_gateway_duration_seconds"),
        ("notify", "legalaid_notify_wait_seconds"),
    ],
)
def test_a_measured_value_names_the_trace_of_the_request(story: Story, service: str, histogram: str) -> None:
    assert exemplars(story.metrics(service), histogram) & set(story.traces)


def test_a_measured_batch_names_the_trace_of_a_batch(story: Story) -> None:
    batches = {span.trace_id for span in story.spans() if span.name.startswith("batch ")}
    for service in SERVICES:
        named = exemplars(story.metrics(service), "legalaid_consumer_batch_duration_seconds")
        assert named, service
        assert named <= batches


@pytest.mark.parametrize("service", SERVICES)
def test_labels_say_only_what_was_declared(story: Story, service: str) -> None:
    assert "legalaid_http_request_duration_seconds" in story.metrics(service)
    assert UNDECLARED not in story.metrics(service)


def exemplars(text: str, histogram: str) -> set[str]:
    """The traces that the buckets of a histogram name."""
    lines = (line for line in text.splitlines() if line.startswith(f"{histogram}_bucket"))
    found: Callable[[str], list[str]] = re.compile(r' # \{trace_id="([0-9a-f]{32})"\} ').findall
    return {trace for line in lines for trace in found(line)}
