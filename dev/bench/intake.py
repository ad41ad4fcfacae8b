"""Intake against a bare FastAPI endpoint and against a loop without HTTP, by the same posts, in turns."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime
from statistics import median

import orjson
import psutil

from dev.bench.ceiling import Spec
from dev.bench.flood import Answered, flood, post
from dev.bench.measure import Pace
from dev.bench.stages import CEILING, REQUESTS, Row
from dev.bench.workbench import Workbench
from dev.demo.bodies import Bodies
from dev.demo.people import somebody
from dev.stack.installation import Installation
from dev.stack.keys import OPERATOR
from dev.stack.process import Process, free_port, listens
from legalaid import clock, ids
from legalaid.events.words import Channel
from legalaid.sealed.keyring import COLLECTION as KEYS
from legalaid.sealed.keyring import DATABASE as KEYRING

CONNECTIONS = 32
ROUNDS = 3
_AT = datetime(2026, 11, 23, 2, tzinfo=UTC)


def bodies(count: int, seed: int) -> list[bytes]:
    """Bodies as the hotline's operators post them, from the demonstration's own people and stories."""
    chance = random.Random(seed)
    maker = Bodies(chance)
    people = (somebody(chance, chance.choice(("11", "15")), landline=False) for _ in range(count))
    return [orjson.dumps(maker.body(Channel.HOTLINE, person, _AT)) for person in people]


def posts(token: str, made: Sequence[bytes]) -> list[bytes]:
    """One POST for each body, each with a key of its own."""
    return [
        post("/v1/requests", body, [("Authorization", f"Bearer {token}"), ("Idempotency-Key", f'"{ids.random_id()}"')])
        for body in made
    ]


async def measure(rig: Workbench, running: Installation, count: int) -> list[Row]:
    """Rounds of the product, the bare endpoint and the loop; of each the median round counts."""
    made = posts(running.authority.token(OPERATOR), bodies(count, seed=1))
    intake = running["intake"]
    intake.start()
    await _flooded(intake.port, posts(running.authority.token(OPERATOR), bodies(500, seed=2)), intake.pid)  # warm up
    spec = await _spec(rig, count)
    port = free_port()
    bare = Process(
        "bare",
        [*rig.process("bare", ["dev.bench.bare"]).command, rig.spec("bare", spec), str(port)],
        log=rig.folder / "log" / "bare.log",
        ready=lambda: listens(port),
    )
    bare.start()
    await _flooded(port, made[:500], bare.pid)
    product, endpoint = [], []
    for _ in range(ROUNDS):
        endpoint.append(await _flooded(port, made, bare.pid))
        product.append(
            await _flooded(intake.port, posts(running.authority.token(OPERATOR), bodies(count, seed=1)), intake.pid)
        )
    bare.stop()
    intake.stop()
    topic = await rig.make_topic("ceiling.requests")
    spec = spec.model_copy(update={"output": topic})

    async def published() -> int:
        return await rig.length(topic)

    loop = rig.process("ceiling-intake", ["dev.bench.ceiling", rig.spec("ceiling-intake", spec), "take-in"])
    ceiling = await rig.run(loop, published, count)
    best = _median(product)
    return [
        Row("intake", best, _median(endpoint), "a bare FastAPI endpoint: two inserts, publish"),
        Row("intake (no HTTP)", best, ceiling, f"insert keys, insert, publish by {CONNECTIONS}"),
    ]


async def _spec(rig: Workbench, count: int) -> Spec:
    value, headers = await rig.record(REQUESTS)
    return Spec(
        kafka=rig.kafka.servers,
        mongo=rig.stack.mongo,
        keys=(CEILING, "keys"),
        key=await rig.sample(KEYRING, KEYS),
        documents=(CEILING, "requests"),
        document=await rig.sample("intake", "requests"),
        output=await rig.make_topic("bare.requests"),
        value=value,
        headers=headers,
        count=count,
        batch=CONNECTIONS,
    )


async def _flooded(port: int, requests: Sequence[bytes], pid: int) -> Pace:
    answered: list[Answered] = []
    process = psutil.Process(pid)
    before, began = process.cpu_times(), clock.elapsed()
    await flood(port, requests, CONNECTIONS, answered.append)
    seconds, after = clock.elapsed() - began, process.cpu_times()
    refused = [each for each in answered if each.status != 201]  # noqa: PLR2004 - HTTP's own number
    if refused:
        raise RuntimeError(
            f"{len(refused)} posts were refused, the first with {refused[0].status}: {refused[0].body!r}"
        )
    return Pace(len(answered), seconds, after.user + after.system - before.user - before.system)


def _median(paces: Sequence[Pace]) -> Pace:
    middle = median(each.per_second for each in paces)
    return min(paces, key=lambda each: abs(each.per_second - middle))
