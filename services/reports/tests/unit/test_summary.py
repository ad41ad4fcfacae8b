import csv
import io
import math
from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from legalaid.events.words import CallOutcome, CaseKind, Channel, NoticeChannel, Status
from reports.api.table import as_csv
from reports.rules.facts import Fact, Kind, NoticeOutcome
from reports.rules.summary import UNKNOWN, Counts, Group, GroupBy, Summary, group_of, wait

AT = datetime(2026, 11, 23, 16, 59, tzinfo=UTC)
"""One minute before midnight in Vietnam."""

times = st.integers(0, 5 * 24 * 60).map(lambda minutes: AT + timedelta(minutes=minutes))
maybe_times = st.none() | times
outcomes = {
    Kind.REQUEST: st.sampled_from([Status.RECEIVED, Status.WITHDRAWN]),
    Kind.CALL: st.none() | st.sampled_from(CallOutcome),
    Kind.CASE: st.sampled_from(Status),
    Kind.NOTICE: st.sampled_from(NoticeOutcome) | st.just("OF_A_NEWER_RELEASE"),
}
facts = st.one_of(  # of strategies that are built once: one for each fact would cost more than the fact
    [
        st.builds(
            Fact,
            kind=st.just(kind),
            begun_at=times,
            channel=st.none() | st.sampled_from([*Channel, *NoticeChannel]),
            province=st.sampled_from([None, "11", "15"]),
            centre=st.sampled_from([None, "DESK", "TGPL-11", "TGPL-15"]),
            outcome=outcomes[kind],
            case_kind=st.sampled_from(CaseKind) if kind is Kind.CASE else st.none(),
            opened_at=maybe_times,
            accepted_at=maybe_times,
            sent_at=maybe_times,
            callback_due_at=maybe_times,
        )
        for kind in Kind
    ]
)


def summarise(of: list[Fact], by: GroupBy) -> tuple[Counts, list[Group]]:
    summary = Summary(by)
    summary.add(of)
    return summary.total(), summary.groups({"TGPL-11": "Trung tâm Điện Biên"}.get)


def numbers(counts: Counts) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for name in Counts.model_fields:
        value = getattr(counts, name)
        if isinstance(value, dict):
            found.update({(name, key): number for key, number in value.items()})
        else:
            found[name, ""] = value if isinstance(value, int) else value.count
    return found


@given(st.lists(facts, max_size=30))
def test_the_groups_add_up_to_the_same_total_whatever_is_grouped_by(some: list[Fact]) -> None:
    totals = []
    for by in GroupBy:
        total, groups = summarise(some, by)
        added: Counter[tuple[str, str]] = Counter()
        for group in groups:
            added.update(numbers(group))
        assert added == numbers(total)
        assert len({group.key for group in groups}) == len(groups)
        totals.append(total)
    assert all(total == totals[0] for total in totals)


@given(st.lists(facts, max_size=30))
def test_every_fact_is_counted_once(some: list[Fact]) -> None:
    total, _ = summarise(some, GroupBy.DAY)
    counted = [total.calls, total.requests, total.cases, total.callback_cases, total.notices]
    assert sum(sum(counts.values()) for counts in counted) == len(some)
    kinds = Counter(fact.kind for fact in some)
    assert sum(total.calls.values()) == kinds[Kind.CALL]
    assert sum(total.requests.values()) == kinds[Kind.REQUEST]
    assert sum(total.notices.values()) == kinds[Kind.NOTICE]


def test_what_messages_cost_and_which_are_proved_is_counted_as_far_as_it_was_told() -> None:
    notice = Fact(kind=Kind.NOTICE, begun_at=AT, outcome="SENT_TO_GATEWAY")
    known = [
        notice,
        notice.model_copy(update={"cost_vnd": 790}),
        notice.model_copy(update={"proved_at": AT, "cost_vnd": 300}),
    ]
    total, _ = summarise(known, GroupBy.DAY)
    assert (total.notices_cost_vnd, total.notices_proved) == (1090, 1)


def test_who_may_have_been_told_on_two_channels_is_counted_and_their_second_wait_is_not() -> None:
    sent = Fact(kind=Kind.NOTICE, begun_at=AT, outcome="SENT_TO_GATEWAY", sent_at=AT)
    again = sent.model_copy(update={"told_again": True, "sent_at": AT + timedelta(minutes=40)})
    total, _ = summarise([sent, again], GroupBy.DAY)
    assert (total.notices_told_again, total.event_to_sms.count) == (1, 1)


@given(st.lists(st.integers(0, 100), min_size=1, max_size=40))
def test_percentiles_are_waits_that_enough_people_had(seconds: list[int]) -> None:
    found = wait(seconds)
    assert (found.count, found.max_seconds) == (len(seconds), max(seconds))
    for share, value in ((0.5, found.p50_seconds), (0.9, found.p90_seconds)):
        assert value in seconds
        assert sum(each <= value for each in seconds) >= math.ceil(share * len(seconds) - 1e-9)
        assert sum(each < value for each in seconds) < share * len(seconds)


def test_nobody_waited() -> None:
    assert wait([]).model_dump() == {"count": 0, "p50_seconds": None, "p90_seconds": None, "max_seconds": None}


def test_the_day_is_the_one_in_vietnam() -> None:
    before, after = (Fact(kind=Kind.CALL, begun_at=at) for at in (AT, AT + timedelta(minutes=1)))
    assert (group_of(before, GroupBy.DAY), group_of(after, GroupBy.DAY)) == ("2026-11-23", "2026-11-24")


def test_each_grouping_looks_at_its_own_field_only() -> None:
    fact = Fact(kind=Kind.CASE, begun_at=AT, channel="APP", province="11", centre="DESK", outcome="CHECKING")
    groups = [
        (GroupBy.PROVINCE, "11"),
        (GroupBy.CENTRE, "DESK"),
        (GroupBy.CHANNEL, "APP"),
        (GroupBy.OUTCOME, "CHECKING"),
    ]
    assert [(by, group_of(fact, by)) for by, _ in groups] == groups
    for by, _ in groups:
        assert group_of(fact.model_copy(update={by.value: None}), by) == UNKNOWN


def test_what_is_not_known_stands_last_as_unknown() -> None:
    some = [Fact(kind=Kind.CALL, begun_at=AT), Fact(kind=Kind.CASE, begun_at=AT, centre="TGPL-11")]
    total, groups = summarise(some, GroupBy.CENTRE)
    assert [(group.key, group.name) for group in groups] == [("TGPL-11", "Trung tâm Điện Biên"), (UNKNOWN, None)]
    assert (total.calls[UNKNOWN], total.cases[UNKNOWN]) == (1, 1)


def test_each_kind_has_its_waits() -> None:
    def minutes(number: int) -> datetime:
        return AT + timedelta(minutes=number)

    total, _ = summarise(
        [
            Fact(kind=Kind.CASE, case_kind=CaseKind.REQUEST, begun_at=AT, opened_at=minutes(1), accepted_at=minutes(3)),
            Fact(kind=Kind.CASE, case_kind=CaseKind.CALLBACK, begun_at=AT, opened_at=minutes(9)),
            Fact(kind=Kind.NOTICE, begun_at=AT, sent_at=minutes(2)),
            Fact(kind=Kind.NOTICE, begun_at=AT),
            Fact(kind=Kind.CALL, begun_at=AT, callback_due_at=minutes(60)),
        ],
        GroupBy.DAY,
    )
    assert (total.received_to_opened.count, total.received_to_opened.max_seconds) == (1, 60)
    assert total.received_to_accepted.p50_seconds == 180
    assert (total.event_to_sms.count, total.event_to_sms.p90_seconds) == (1, 120)
    assert total.callbacks_owed == 1
    assert sum(total.callback_cases.values()) == 1


@given(st.lists(facts, max_size=10), st.sampled_from(GroupBy))
def test_the_csv_says_what_the_json_says(some: list[Fact], by: GroupBy) -> None:
    total, groups = summarise(some, by)
    text = as_csv(total, groups, by)
    assert text.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert [row[by] for row in rows] == [*(group.key for group in groups), "total"]
    for row, counts in zip(rows, [*groups, total], strict=True):
        for (name, key), value in numbers(counts).items():
            column = f"{name}.{key}" if key else name
            assert row[column if column in row else f"{name}.count"] == str(value)
        assert row["event_to_sms.p90_seconds"] == str(counts.event_to_sms.p90_seconds or "") or (
            row["event_to_sms.p90_seconds"] == "0"
        )


def test_no_cell_of_text_is_a_formula() -> None:
    summary = Summary(GroupBy.CENTRE)
    summary.add([Fact(kind=Kind.CASE, begun_at=AT, centre="TGPL-11")])
    for evil in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"):
        text = as_csv(summary.total(), summary.groups({"TGPL-11": evil}.get), "centre")
        [row, _] = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
        assert row["name"] == f"'{evil}"
