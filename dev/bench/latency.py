"""From the accepted POST to the SMS at the gateway, at an even pace, with all four services running."""

import asyncio
from dataclasses import dataclass

import orjson

from dev.bench.flood import Answered, steady
from dev.bench.intake import bodies, posts
from dev.bench.measure import percentile
from dev.bench.workbench import Workbench
from dev.look.audit import audit
from dev.stack.installation import Installation
from dev.stack.keys import OPERATOR

PER_SECOND = 50
SECONDS = 30
_WARM = 250
_SETTLE_SECONDS = 5


@dataclass(frozen=True)
class Latency:
    """Milliseconds, over the requests whose people got an SMS."""

    requests: int
    sms: int
    p50: float
    p95: float
    p99: float
    post_p50: float
    """Of the POST itself, as the front end sees it."""
    post_p99: float


async def measure(rig: Workbench, running: Installation) -> Latency:
    """Post at an even pace, wait until all is sent, and join the answers with the gateway's own record."""
    token = running.authority.token(OPERATOR)
    await steady(running["intake"].port, posts(token, bodies(_WARM, seed=3)), PER_SECOND, lambda _: None)
    answered: list[Answered] = []
    made = posts(token, bodies(PER_SECOND * SECONDS, seed=4))
    await steady(running["intake"].port, made, PER_SECOND, answered.append)
    await asyncio.sleep(_SETTLE_SECONDS)
    at = {orjson.loads(each.body)["request_id"]: each.at for each in answered}
    found = await audit(rig.store, rig.kafka, await running.receptions(), at)
    waits = [(sms.timestamp() - at[request]) * 1000 for request, sms in found.first_sms.items()]
    posting = [each.seconds * 1000 for each in answered]
    return Latency(
        len(answered),
        len(waits),
        percentile(waits, 0.5),
        percentile(waits, 0.95),
        percentile(waits, 0.99),
        percentile(posting, 0.5),
        percentile(posting, 0.99),
    )
