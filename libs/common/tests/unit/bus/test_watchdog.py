from legalaid.bus.watchdog import Watchdog


def test_a_mark_that_stands_still_for_longer_than_the_patience_is_stuck() -> None:
    watchdog = Watchdog(60)
    watchdog.observe({"a": 1, "b": 1}, now=0)
    watchdog.observe({"a": 1, "b": 2}, now=50)
    assert watchdog.stuck(60) == []
    assert watchdog.stuck(61) == ["a"]
    assert watchdog.stuck(111) == ["a", "b"]


def test_what_has_caught_up_is_not_stuck_and_begins_anew() -> None:
    watchdog = Watchdog(60)
    watchdog.observe({"a": 1}, now=0)
    watchdog.observe({}, now=50)
    watchdog.observe({"a": 1}, now=55)
    assert watchdog.stuck(100) == []


def test_brokers_that_do_not_answer_are_no_reason_to_restart() -> None:
    watchdog = Watchdog(60)
    watchdog.observe({"a": 1}, now=0)
    watchdog.forget()
    assert watchdog.stuck(1000) == []
