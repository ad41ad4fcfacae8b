"""A person with a telephone and a browser: both are told, and a repeat changes nothing on either."""

import json

from legalaid.events.people import Consent, Contact, Device, Person
from legalaid.events.people import WebPush as Browser
from legalaid.events.words import Purpose, Speaker
from legalaid.ids import random_id
from legalaid.testing.events import AT
from notify.gateways import Refused, Taken
from notify.gateways.app import AppGateway
from notify.rules.devices import By, recipient

from .conftest import Fcm, WebPush, a_message

TOKEN = "dTest:APA91bExampleOfAToken"
P256DH = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"


async def test_all_devices_of_a_contact_box_are_told(webpush: WebPush, fcm: Fcm) -> None:
    subscription = webpush.service.subscribe(webpush.key)
    web = Browser(endpoint=f"{webpush.url}/wpush/v2/{subscription}", p256dh=P256DH, auth="BTBZMqHH6r4Tts7J_aSIgg")
    consent = Consent(purposes=frozenset({Purpose.PUSH_UPDATES}), at=AT, text_version="1", evidence="app")
    devices = (
        Device(id=random_id(), holder=Speaker.PERSON, token=TOKEN, consent=consent),
        Device(id=random_id(), holder=Speaker.PERSON, web=web, consent=consent),
    )
    to = recipient(Contact(person=Person(), devices=devices))
    app = AppGateway({By.FCM: fcm.gateway, By.WEB: webpush.gateway})
    message = a_message(to)
    for _ in range(2):
        assert isinstance(await app.send(message), Taken)
    assert len(webpush.service.waiting(subscription)) == 1
    assert {each["android"]["collapse_key"] for each in fcm.service.sent} == {message.request_id}
    for inbox in (webpush.inbox, fcm.inbox):
        assert [each.delivered for each in inbox.all()] == [True, False]

    webpush.service.forget(subscription)
    fcm.service.behaviour.answers = ["UNREGISTERED"]
    assert isinstance(await app.send(a_message(to)), Refused), "all of them are gone"
    assert recipient(Contact(person=Person())) == ""
    assert json.loads(to)[0][0] == "webpush", "the newest comes first"
