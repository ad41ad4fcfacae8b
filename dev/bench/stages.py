"""The consumer stages, each against a bare loop over the same topic, in the order in which events pass them."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from dev.bench.ceiling import Spec
from dev.bench.measure import Pace
from dev.bench.rig import PREFIX, Rig
from dev.services import Installation
from legalaid.events import cases, notices, requests
from legalaid.sealed.keyring import COLLECTION as KEYS
from legalaid.sealed.keyring import DATABASE as KEYRING

Progress = Callable[[], Awaitable[int]]
CEILING = PREFIX + "ceiling"
REQUESTS, CASES, NOTICES = (PREFIX + topic.name for topic in (requests.TOPIC, cases.TOPIC, notices.TOPIC))


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    stage: str
    product: Pace
    ceiling: Pace
    ceiling_is: str

    @property
    def ratio(self) -> float:
        """Of the events per second."""
        return self.product.per_second / self.ceiling.per_second


async def routing(rig: Rig, running: Installation, events: int) -> Row:
    """Requests become cases."""
    start = await rig.length(CASES)

    async def published() -> int:
        return await rig.length(CASES) - start

    product = await rig.run(running["routing"], published, events)
    value, headers = await rig.record(CASES)
    output = await rig.make_topic("ceiling.cases")
    spec = Spec(
        kafka=rig.kafka.servers,
        mongo=rig.stack.mongo,
        group="ceiling-routing",
        inputs=[REQUESTS],
        keys=(PREFIX + KEYRING, KEYS),
        documents=(CEILING, "cases"),
        document=await rig.sample("routing", "cases"),
        output=output,
        value=value,
        headers=headers,
    )
    ceiling = await _bare(rig, "routing", spec, lambda: rig.length(output), events)
    return Row("routing", product, ceiling, "fetch keys, find, insert, publish")


async def notify(rig: Rig, running: Installation, events: int) -> Row:
    """Cases become notices that wait for the sender."""
    product = await rig.run(running["notify"], lambda: rig.stored("notify", "notices"), events)
    ceiling = await _storing(rig, "notify", [CASES], ("notify", "notices"), events)
    return Row("notify (consumer)", product, ceiling, "fetch keys, find, insert")


async def reports(rig: Rig, running: Installation, events: int) -> Row:
    """Every event becomes a fact."""
    product = await rig.run(running["reports"], lambda: rig.stored("reports", "facts"), events)
    ceiling = await _storing(rig, "reports", [REQUESTS, CASES, NOTICES], ("reports", "facts"), events, keys=False)
    return Row("reports", product, ceiling, "find, insert")


async def _storing(
    rig: Rig, name: str, inputs: Sequence[str], source: tuple[str, str], events: int, *, keys: bool = True
) -> Pace:
    spec = Spec(
        kafka=rig.kafka.servers,
        mongo=rig.stack.mongo,
        group=f"ceiling-{name}",
        inputs=list(inputs),
        keys=(PREFIX + KEYRING, KEYS) if keys else None,
        documents=(CEILING, name),
        document=await rig.sample(*source),
    )
    return await _bare(rig, name, spec, lambda: rig.stored("ceiling", name), events)


async def _bare(rig: Rig, name: str, spec: Spec, progress: Progress, events: int) -> Pace:
    process = rig.process(f"ceiling-{name}", ["dev.bench.ceiling", rig.spec(f"ceiling-{name}", spec), "consume"])
    return await rig.run(process, progress, events)
