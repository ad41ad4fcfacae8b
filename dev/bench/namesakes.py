"""``python -m dev.bench.namesakes``: how often two different people have equal marks (docs/routing.md).

People are drawn as the demonstration draws those who call, one province at a time, and marked as intake marks them.
Nobody is drawn twice, so every equal mark is a false hit. The simulator has few names: real ones repeat less.
"""

import argparse
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from dev.demo.bodies import Bodies
from dev.demo.people import somebody
from intake.api.bodies import NewRequest
from intake.api.reading import tell
from intake.commands.parties import parties
from intake.rules.requests import NOTHING_TOLD
from legalaid import clock
from legalaid.events.words import Channel
from legalaid.sealed import Parties
from legalaid.vietnam.names import comparable

PROVINCES: Final = ("11", "15")
SIZES: Final = (100, 500, 2000)
"""People with an open case in one province: a quiet centre, a busy one, and more than any has."""
DRAWS: Final = 10
MEASURED: Final = ("name", "name, commune", "name, birth year", "name, birth year, commune", "number")


def people(seed: int, province: str, count: int) -> Iterator[Parties]:
    """As many different people as asked, with what they told."""
    chance = random.Random(seed)
    bodies, at = Bodies(chance), clock.real_now() - timedelta(hours=1)
    for _ in range(count):
        person = somebody(chance, province, landline=False)
        body = NewRequest.model_validate(bodies.body(Channel.HOTLINE, person, at))
        yield parties(tell(NOTHING_TOLD, body, NewRequest.model_fields.keys()))


def told_of(one: Parties) -> dict[str, tuple[Any, ...]]:
    """What the person is compared by, for each kind of mark."""
    who = one.helped
    name, commune = comparable(who.name or ""), one.communes[0] if one.communes else None
    values = ((name,), (name, commune), (name, who.birth_year), (name, who.birth_year, commune), (who.phone,))
    return {kind: each for kind, each in zip(MEASURED, values, strict=True) if None not in each}


def rates(drawn: Iterable[Parties]) -> dict[str, float]:
    """By kind: the share of people who share theirs with somebody else. Who did not tell it shares it with nobody."""
    everybody = [told_of(one) for one in drawn]
    shared: dict[str, float] = {}
    for kind in MEASURED:
        counted = Counter(one[kind] for one in everybody if kind in one)
        shared[kind] = sum(count for count in counted.values() if count > 1) / len(everybody)
    return shared


def measure(province: str, count: int, draws: int) -> dict[str, float]:
    """The mean rates of several draws."""
    found = [rates(people(seed, province, count)) for seed in range(draws)]
    return {kind: sum(each[kind] for each in found) / draws for kind in MEASURED}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m dev.bench.namesakes", description=__doc__)
    parser.add_argument("--draws", type=int, default=DRAWS, help="how many times everybody is drawn anew")
    options = parser.parse_args()
    table = Table("province", "people", *MEASURED, title="Shares theirs with somebody else")
    for province in PROVINCES:
        for count in SIZES:
            found = measure(province, count, options.draws)
            table.add_row(province, str(count), *(f"{found[kind]:.2%}" for kind in MEASURED))
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
