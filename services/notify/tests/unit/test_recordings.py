"""What a voice message says: no case, the hotline, and nothing that nobody has recorded is called recorded."""

import pytest

from legalaid.vietnam import text as spelling
from notify.gateways.voice import Recording, recordings

from .test_texts import NEVER_SAID


@pytest.mark.parametrize("recording", recordings().values(), ids=recordings())
def test_it_says_no_case_and_names_the_hotline(recording: Recording) -> None:
    words = f" {spelling.strip_accents(recording.text).lower().replace('.', ' ').replace(',', ' ')} "
    assert not any(f" {never} " in " ".join(words.split()) for never in NEVER_SAID)
    assert "1800 1233" in recording.back
    assert "press 1" in recording.back.lower()


@pytest.mark.parametrize("recording", recordings().values(), ids=recordings())
def test_what_is_recorded_has_a_script_a_consent_and_a_second_speaker(recording: Recording) -> None:
    answered_for = recording.text and recording.speaker_consent and recording.reviewer and recording.dialect
    assert not (recording.recorded or recording.verified) or answered_for


def test_vietnamese_is_what_every_other_language_falls_back_to() -> None:
    assert recordings()["vie"].text
