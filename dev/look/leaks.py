"""Words that nobody else uses, planted where people tell something, and a search for them in every form.

A text is found with its accents or without, in any case, composed or decomposed, as base64 (at each of its three
offsets), as hex, escaped for a URL or for JSON; a telephone number by its nine national digits, with or without blanks.
"""

import base64
import gzip
import json
import random
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Self
from urllib.parse import quote

from legalaid.vietnam.text import fold

_CONSONANTS, _VOWELS = "qxzđkwv", "ằệộữẫỏíừ"
_SYLLABLES = 7
_PHONES = ("0912 ### ###", "+84 973 ### ###", "0834######", "0387-###-###", "0965.###.###")
_NATIONAL_DIGITS = 9


def _forms(text: str) -> Iterator[str]:
    """The ways in which a text may be written."""
    cases = {text, text.lower(), text.upper(), text.capitalize()}
    for spelled in cases | {unicodedata.normalize("NFD", each) for each in cases}:
        raw = spelled.encode()
        yield spelled
        yield json.dumps(spelled)[1:-1]
        yield quote(spelled)
        yield raw.hex()
        yield raw.decode("latin-1")
        yield repr(raw)[2:-1]
        for offset in range(3):
            # characters at the edges that also hold bits of the neighbours are left out
            whole = slice(-(-offset * 8 // 6), (offset + len(raw)) * 8 // 6)
            yield base64.b64encode(bytes(offset) + raw).decode()[whole]
            yield base64.urlsafe_b64encode(bytes(offset) + raw).decode()[whole]


def _digits(number: str) -> str:
    national = re.sub(r"\D", "", number)[-_NATIONAL_DIGITS:]
    return r"[^0-9a-z]{0,3}".join(national)


@dataclass
class Plants:
    """What was planted, by the place where it was told."""

    chance: random.Random
    texts: dict[str, str] = field(default_factory=dict)
    _patterns: dict[str, re.Pattern[str]] = field(default_factory=dict)

    def word(self, place: str) -> str:
        """A new word for this place."""
        word = "".join(self.chance.choice(_CONSONANTS) + self.chance.choice(_VOWELS) for _ in range(_SYLLABLES))
        forms = sorted({fold(form) for form in _forms(word)})
        self._plant(place, word.capitalize(), "|".join(map(re.escape, forms)))
        return self.texts[place]

    def number(self, place: str, written: str) -> str:
        """A telephone number for this place, found however it is written."""
        digits = _digits(written)
        encoded = [fold(form) for form in _forms(re.sub(r"\D", "", written)[-_NATIONAL_DIGITS:])]
        self._plant(place, written, "|".join([digits, *map(re.escape, encoded)]))
        return written

    def phone(self, place: str) -> str:
        """A new mobile number for this place, written in one of the ways in which people write them."""
        form = _PHONES[sum(place.endswith("phone") for place in self.texts) % len(_PHONES)]
        return self.number(place, re.sub("#", lambda _: self.chance.choice("123456789"), form))

    def code(self, place: str, text: str) -> str:
        """A code or a date that says something of a person, found only as it is."""
        self._plant(place, text, re.escape(fold(text)))
        return text

    def _plant(self, place: str, text: str, pattern: str) -> None:
        if place in self.texts:
            message = f"{place} has its plant already"
            raise ValueError(message)
        self.texts[place] = text
        self._patterns[place] = re.compile(pattern)

    def found_in(self, haystack: Any) -> list[str]:
        """The places whose plants appear in it: bytes, text, or a document of those."""
        found: set[str] = set()
        for text in _texts(haystack):
            searched = fold(text)
            found |= {place for place, pattern in self._patterns.items() if pattern.search(searched)}
        return sorted(found)


def _texts(haystack: Any) -> Iterator[str]:
    match haystack:
        case bytes():
            yield haystack.decode(errors="replace")
        case Mapping():
            for key, value in haystack.items():
                yield from _texts(key)
                yield from _texts(value)
        case str():
            yield haystack
        case Sequence():
            for each in haystack:
                yield from _texts(each)
        case _:
            yield str(haystack)


class Collector:
    """An OpenTelemetry collector that only keeps what it is sent."""

    def __init__(self) -> None:
        self.received: list[bytes] = []
        received = self.received

        class _Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                received.append(gzip.decompress(body) if self.headers.get("content-encoding") == "gzip" else body)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        """What the setting ``otlp_endpoint`` is given."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        """Listen, on a port of loopback."""
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()
