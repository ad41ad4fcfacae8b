"""How many cases are open, and how far their due times are: gauges, counted from the store."""

from collections import Counter
from datetime import timedelta
from functools import partial
from itertools import product
from typing import Final

from legalaid import clock
from legalaid.events.words import OwnerKind
from legalaid.service import Part
from legalaid.store import LATER, OVERDUE, Documents, census, distance, tally
from routing import metrics
from routing.metrics import province_label
from routing.store import OPEN, Case

_STEPS: Final = {"day": timedelta(days=1), "three_days": timedelta(days=3)}


def part(cases: Documents[Case]) -> Part:
    """The part that counts."""
    return census(partial(count, cases))


async def count(cases: Documents[Case]) -> None:
    """Set the gauges anew, and forget what no case has any more."""
    due = distance("state.due_at", clock.now(), _STEPS)
    by = {"kind": "$state.kind", "owner": "$state.owner.kind", "province": "$state.province", "status": "$state.status"}
    standing: Counter[tuple[str, ...]] = Counter()
    distances = Counter(dict.fromkeys(product(OwnerKind, (OVERDUE, *_STEPS, LATER)), 0))
    for case, row in await tally(cases.collection, OPEN, {**by, "due": due}):
        standing[case["kind"], case["owner"], province_label(case.get("province")), case["status"]] += row["count"]
        distances[case["owner"], case["due"]] += row["count"]
    metrics.OPEN_CASES.clear()
    for labels, cases_standing in standing.items():
        metrics.OPEN_CASES.labels(*labels).set(cases_standing)
    for labels, cases_due in distances.items():
        metrics.OPEN_CASES_DUE.labels(*labels).set(cases_due)
