"""What the front ends post: one person, one story, one place, one set of wishes."""

import random
from datetime import datetime, timedelta
from typing import Any

from dev.demo import facts, stories
from dev.demo.people import Somebody, a_mobile, somebody
from dev.demo.stories import Situation
from legalaid.events.words import Channel, Purpose, Speaker
from legalaid.vietnam import units

_OLD_PROVINCES = {"11": ("11",), "15": ("10", "15")}
"""The pilot provinces, with those of June 2025 that they consist of."""

# Shares of the requests.
FOR_ANOTHER = 0.12
BUSINESS = 0.04
OLD_NAME, UNKNOWN_PLACE = 0.15, 0.03
NOTHING_WANTED, NO_SMS, CERTAIN_HOURS = 0.01, 0.06, 0.06
INTERPRETER = 0.5
"""Of those whose language is not Vietnamese."""


class Bodies:
    """Makes bodies of ``POST /v1/requests``, from one source of chance."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._communes = {
            province: [commune for commune in units.communes().values() if commune.province == province]
            for province in _OLD_PROVINCES
        }
        self._old = {
            province: [old for old in units.old_communes().values() if old.old_province in old_provinces]
            for province, old_provinces in _OLD_PROVINCES.items()
        }

    def body(self, channel: Channel, person: Somebody, at: datetime) -> dict[str, Any]:
        """What is posted for ``person`` at that moment."""
        chance = self._chance
        situation = self._situation(person)
        place, residence = self._residence(person.province)
        wishes = self._wishes()
        applicant = self._applicant(person.province) if chance.random() < FOR_ANOTHER else None
        speaker = (Speaker.APPLICANT if applicant else Speaker.PERSON).value
        opening = chance.choice(stories.OPENINGS).format(place=place)
        return {
            "channel": channel.value,
            "person": {
                "name": person.name,
                "phone": person.phone,
                "language": person.language,
                "needs_interpreter": person.language != "vie" and chance.random() < INTERPRETER,
            },
            "applicant": applicant,
            "residence": residence,
            "matter_place": None,
            "address": f"{chance.choice(stories.HAMLETS)}, {place}",
            "matter": {
                "field": situation.law.value,
                "form": situation.form.value,
                "story": opening + chance.choice(situation.tellings) + chance.choice(stories.CLOSINGS),
                "other_parties": list(situation.parties),
            },
            "facts": facts.told(chance, person, situation),
            "wishes": {**wishes, "speak_to": speaker},
            "consent": {
                "purposes": [Purpose.CASE_HANDLING.value, *([Purpose.SMS_UPDATES.value] if wishes["sms"] else [])],
                "given_by": speaker,
                "at": (at - timedelta(minutes=1)).isoformat(timespec="milliseconds"),
                "text_version": "2026-07",
                "evidence": "app-checkbox" if channel is Channel.APP else "call-recording",
            },
        }

    def _situation(self, person: Somebody) -> Situation:
        if self._chance.random() < BUSINESS:
            return stories.BUSINESS
        fitting = [situation for situation in stories.SITUATIONS if person.woman or not situation.women_only]
        return self._chance.choice(fitting)

    def _applicant(self, province: str) -> dict[str, str]:
        chance = self._chance
        return {
            "name": somebody(chance, province, landline=False).name,
            "phone": a_mobile(chance),
            "relation": chance.choice(stories.RELATIONS),
        }

    def _residence(self, province: str) -> tuple[str, dict[str, str]]:
        """A place in words for the story, and as the front end posts it."""
        chance, roll = self._chance, self._chance.random()
        if roll < UNKNOWN_PLACE:
            text = chance.choice(stories.UNKNOWN_PLACES)
            return text, {"text": text}
        if roll < UNKNOWN_PLACE + OLD_NAME:
            old = chance.choice(self._old[province])
            text = f"{old.kind} {old.name}, {old.district}, {units.old_provinces()[old.old_province].name}"
            return text, {"text": text}
        commune = chance.choice(self._communes[province])
        return f"{commune.kind} {commune.name}", {"province_code": province, "commune_code": commune.code}

    def _wishes(self) -> dict[str, Any]:
        roll = self._chance.random()
        wishes: dict[str, Any] = {"sms": True, "call": True, "hours_from": None, "hours_to": None}
        if roll < NOTHING_WANTED:
            return {**wishes, "sms": False, "call": False}
        if roll < NOTHING_WANTED + NO_SMS:
            return {**wishes, "sms": False}
        if roll < NOTHING_WANTED + NO_SMS + CERTAIN_HOURS:
            return {**wishes, "hours_from": "09:00", "hours_to": self._chance.choice(("17:30", "20:00"))}
        return wishes
