"""On which devices somebody is told."""

import json

from legalaid import ids
from legalaid.events.people import Applicant, Consent, Contact, Device, Person, WebPush, Wishes
from legalaid.events.words import Purpose, Speaker
from legalaid.testing.events import AT
from notify.gateways.webpush import Subscription
from notify.rules.devices import By, Target, targets

CONSENT = Consent(purposes=frozenset({Purpose.PUSH_UPDATES}), at=AT, text_version="1", evidence="app")
WEB = WebPush(
    endpoint="https://web.push.apple.com/x",
    p256dh="BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    auth="BTBZMqHH6r4Tts7J_aSIgg",
)


def device(token: str | None, holder: Speaker = Speaker.PERSON) -> Device:
    web = None if token else WEB
    return Device(id=ids.random_id(), holder=holder, token=token, web=web, consent=CONSENT)


def contact(*devices: Device, speak_to: Speaker = Speaker.PERSON) -> Contact:
    return Contact(person=Person(), applicant=Applicant(name="x"), wishes=Wishes(speak_to=speak_to), devices=devices)


def test_only_whom_we_are_to_speak_to_is_told() -> None:
    both = (device("p" * 20), device("a" * 20, Speaker.APPLICANT))
    assert targets(contact(*both)) == [Target(By.FCM, "p" * 20)]
    assert targets(contact(*both, speak_to=Speaker.APPLICANT)) == [Target(By.FCM, "a" * 20)]
    assert targets(contact(both[0], speak_to=Speaker.APPLICANT)) == []
    assert targets(contact()) == []


def test_the_newest_comes_first_and_a_browser_in_the_form_that_its_gateway_reads() -> None:
    newest, older = targets(contact(device("o" * 20), device(None)))
    assert (newest.by, older.by) == (By.WEB, By.FCM)
    read = Subscription.of(newest.recipient)
    assert read.endpoint == WEB.endpoint
    assert json.loads(newest.recipient)["keys"] == {"p256dh": WEB.p256dh, "auth": WEB.auth}
