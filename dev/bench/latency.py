"""From the accepted POST to the SMS at the gateway, at an even pace, with all four services running.

And what somebody waits who only asks whether they could get help, first with the pipeline at rest, then beside it.
"""

import asyncio
from dataclasses import dataclass
from http import HTTPStatus

import orjson

from dev.bench.flood import Answered, post, steady
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
_CHECKS = 500


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
    check_p50: float
    """Of ``POST /v1/eligibility-checks``, at the same pace, while nothing else is asked."""
    check_p99: float
    check_beside_p50: float
    """The same beside the requests."""
    check_beside_p99: float


async def measure(rig: Workbench, running: Installation) -> Latency:
    """Post at an even pace, wait until all is sent, and join the answers with the gateway's own record."""
    token = running.authority.token(OPERATOR)
    await steady(running["intake"].port, posts(token, bodies(_WARM, seed=3)), PER_SECOND, lambda _: None)
    answered: list[Answered] = []
    made = posts(token, bodies(PER_SECOND * SECONDS, seed=4))
    await steady(running["intake"].port, made, PER_SECOND, answered.append)
    await asyncio.sleep(_SETTLE_SECONDS)
    alone = await _checked(running, _CHECKS)
    more = posts(token, bodies(_CHECKS, seed=5))
    _, beside = await asyncio.gather(
        steady(running["intake"].port, more, PER_SECOND, lambda _: None), _checked(running, _CHECKS)
    )
    at = {orjson.loads(each.body)["request_id"]: each.at for each in answered}
    found = await audit(rig.store, rig.kafka, await running.receptions(), at)
    waits = [(sms.timestamp() - at[request]) * 1000 for request, sms in found.first_told.items()]
    posting = [each.seconds * 1000 for each in answered]
    return Latency(
        len(answered),
        len(waits),
        percentile(waits, 0.5),
        percentile(waits, 0.95),
        percentile(waits, 0.99),
        percentile(posting, 0.5),
        percentile(posting, 0.99),
        percentile(alone, 0.5),
        percentile(alone, 0.99),
        percentile(beside, 0.5),
        percentile(beside, 0.99),
    )


async def _checked(running: Installation, count: int) -> list[float]:
    """Milliseconds of each check, of facts as the operators ask them. Raises ``RuntimeError`` when one is refused."""
    header = ("Authorization", f"Bearer {running.authority.token(OPERATOR)}")
    asked = [orjson.loads(body) for body in bodies(count, seed=6)]
    checks = [orjson.dumps({"facts": each["facts"], "residence": each.get("residence")}) for each in asked]
    answered: list[Answered] = []
    made = [post("/v1/eligibility-checks", check, [header]) for check in checks]
    await steady(running["routing"].port, made, PER_SECOND, answered.append)
    if wrong := [each.body for each in answered if each.status != HTTPStatus.OK]:
        message = f"an eligibility check was refused: {wrong[0][:300]!r}"
        raise RuntimeError(message)
    return [each.seconds * 1000 for each in answered]
