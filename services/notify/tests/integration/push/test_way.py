"""News goes by push where a person has the app: the whole way from the event of a case to FCM's own record."""

from datetime import timedelta

from legalaid import ids
from legalaid.events.people import Consent, Device
from legalaid.events.words import Answer, NoticeChannel, Purpose, Speaker
from legalaid.testing.events import AT
from notify.gateways.app import AppGateway
from notify.notice import State
from notify.rules.devices import By

from ..conftest import World, a_contact, batch  # noqa: TID252 - tests are no package that could be named
from .conftest import Fcm


class _Proving(AppGateway):
    """As the sender of these tests wants each gateway."""

    proves_within = timedelta(0)


async def test_news_goes_to_the_app_first_and_to_nothing_else_before_its_time_is_over(world: World, fcm: Fcm) -> None:
    world.others.append(_Proving({By.FCM: fcm.gateway}))  # type: ignore[arg-type]  # a true gateway among the fakes
    own = Consent(purposes=frozenset({Purpose.PUSH_UPDATES}), at=AT, text_version="1", evidence="app")
    device = Device(id=ids.random_id(), holder=Speaker.PERSON, token="t" * 30, consent=own)
    contact = a_contact(at_risk=Answer.NO, shared_phone=Answer.NO, devices=(device,))
    async with world.process() as process:
        await process.handlers.on_cases(batch(await world.case(contact=contact)))
        (notice,) = await world.settled()
    assert (notice.channel, notice.state) == (NoticeChannel.PUSH, State.SENT_TO_GATEWAY)
    assert [each.request_id for each in fcm.inbox.all()] == [notice.id]
    assert not world.gateway.received
