"""The consumer stages, each against a bare loop over the same topic, in the order in which events pass them."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from dev.bench.ceiling import Spec
from dev.bench.measure import Pace
from dev.bench.workbench import PREFIX, Workbench
from dev.stack.installation import Installation
from legalaid.events import cases, notices, requests
from legalaid.sealed.keyring import COLLECTION as KEYS
from legalaid.sealed.keyring import DATABASE as KEYRING
from notify.settings import SenderSettings

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


async def routing(rig: Workbench, running: Installation, events: int) -> Row:
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


async def notify(rig: Workbench, running: Installation, events: int) -> Row:
    """Cases become notices that wait for the sender."""
    running["notify"].env["LEGALAID_PARTS"] = "http,consumer"
    product = await rig.run(running["notify"], lambda: rig.stored("notify", "notices"), events)
    ceiling = await _storing(rig, "notify", [CASES], ("notify", "notices"), events)
    return Row("notify (consumer)", product, ceiling, "fetch keys, find, insert")


async def sender(rig: Workbench, running: Installation) -> Row:
    """What the consumer left waiting goes to the gateway."""
    waiting = await rig.store.collection("notify", "notices").count_documents({"state": "PENDING"})
    start = await rig.length(NOTICES)

    async def told() -> int:
        return await rig.length(NOTICES) - start

    running["notify"].env["LEGALAID_PARTS"] = "http,sender"
    product = await rig.run(running["notify"], told, waiting)
    value, headers = await rig.record(NOTICES)
    output = await rig.make_topic("ceiling.notices")
    spec = Spec(
        kafka=rig.kafka.servers,
        mongo=rig.stack.mongo,
        documents=(CEILING, "sent"),
        document=await rig.sample("notify", "notices"),
        output=output,
        value=value,
        headers=headers,
        count=waiting,
        batch=SenderSettings().at_once,
        gateway=running["gateway"].url,
    )
    process = rig.process("ceiling-sender", ["dev.bench.ceiling", rig.spec("ceiling-sender", spec), "send"])
    ceiling = await rig.run(process, lambda: rig.length(output), waiting)
    return Row("notify (sender)", product, ceiling, "mark, POST by 64, update, publish")


async def reports(rig: Workbench, running: Installation, events: int) -> Row:
    """Every event becomes a fact."""
    product = await rig.run(running["reports"], lambda: rig.stored("reports", "facts"), events)
    ceiling = await _storing(rig, "reports", [REQUESTS, CASES, NOTICES], ("reports", "facts"), events, keys=False)
    return Row("reports", product, ceiling, "find, insert")


async def _storing(
    rig: Workbench, name: str, inputs: Sequence[str], source: tuple[str, str], events: int, *, keys: bool = True
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


async def _bare(rig: Workbench, name: str, spec: Spec, progress: Progress, events: int) -> Pace:
    process = rig.process(f"ceiling-{name}", ["dev.bench.ceiling", rig.spec(f"ceiling-{name}", spec), "consume"])
    return await rig.run(process, progress, events)
