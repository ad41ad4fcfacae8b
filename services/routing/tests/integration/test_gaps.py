"""``python -m routing gaps``: the languages of open cases, opened and counted."""

from legalaid import ids
from legalaid.events.people import Facts
from legalaid.events.words import Status
from legalaid.testing.events import AT
from routing import gaps
from routing.rules.gaps import Need
from services.routing.tests.integration.conftest import Routing


async def test_only_open_cases_of_other_languages_are_counted(routing: Routing) -> None:
    spoken = ["hmn"] * 7 + ["vie"] * 6 + ["blt"]
    requests = [ids.random_id() for _ in spoken]
    await routing.known(*requests)
    for request, language in zip(requests, spoken, strict=True):
        await routing.publish(routing.told.received(request, facts=Facts(language=language)))
    await routing.publish(routing.told.withdrawn(requests[0], AT))
    await routing.case(requests[0], status=Status.WITHDRAWN)
    for request in requests[1:]:
        await routing.case(request)
    found = await gaps.find(routing.settings)
    assert [(gap.need, gap.cases) for gap in found.gaps] == [(Need("11", "03160", "hmn"), 6)]
    assert found.rest == 1
