"""What is lost is what was published and is not there, in order for each key."""

from hypothesis import given
from hypothesis import strategies as st

from legalaid.events import TOPICS, Retention
from legalaid.republish import lost
from legalaid.store import Kept

FOREVER = [topic.name for topic in TOPICS if topic.retention is Retention.FOREVER]
LATEST = next(topic.name for topic in TOPICS if topic.retention is Retention.LATEST)


def kept(topic: str, key: str, sequence: int) -> Kept:
    return Kept(topic, key, sequence, f"{key}-{sequence}", "a page")


def name(each: Kept) -> tuple[str, str, str]:
    return each.topic, each.key, each.id


EVENTS = st.lists(
    st.builds(kept, st.sampled_from(FOREVER), st.sampled_from("abc"), st.integers(1, 9)), unique=True, max_size=20
)


@given(EVENTS, st.data())
def test_whatever_is_lost_comes_back_once_and_in_order(events: list[Kept], data: st.DataObject) -> None:
    left = [each for each in events if data.draw(st.booleans())]
    found = lost(events, map(name, left))
    assert set(found) == set(events) - set(left)
    assert len(found) == len(set(found))
    for key in "abc":
        for topic in FOREVER:
            sequences = [each.sequence for each in found if (each.topic, each.key) == (topic, key)]
            assert sequences == sorted(sequences)
    assert lost(events, map(name, [*left, *found])) == []


def test_what_was_published_twice_comes_back_once() -> None:
    twice = [kept(FOREVER[0], "a", 1), kept(FOREVER[0], "a", 1)._replace(page="another page")]
    assert lost(twice, []) == twice[:1]


def test_what_nobody_here_published_is_left_alone() -> None:
    assert lost([], [(FOREVER[0], "a", "a-1")]) == []


def test_of_a_compacted_topic_the_latest_alone_comes_back() -> None:
    events = [kept(LATEST, "TGPL-11", sequence) for sequence in (2, 3, 1)]
    assert lost(events, []) == [kept(LATEST, "TGPL-11", 3)]
    assert lost(events, [name(kept(LATEST, "TGPL-11", 3))]) == []
