import pytest
from hypothesis import given
from hypothesis import strategies as st

from legalaid.bus.offsets import Progress

STEPS = st.lists(st.tuples(st.sampled_from(["take", "finish", "commit"]), st.integers(1, 5)), max_size=60)


@given(STEPS)
def test_a_commit_never_passes_over_a_record_that_is_not_done(steps: list[tuple[str, int]]) -> None:
    """Against a model that knows of each single record whether it is done."""
    progress = Progress()
    fetched: list[int] = []
    done: set[int] = set()
    committed = 0
    following = 0
    for step, count in steps:
        if step == "take":
            taken = [following + 2 * number for number in range(count)]  # compaction leaves holes between offsets
            fetched += taken
            following = taken[-1] + 1
            progress.take(following)
        elif step == "finish":
            batch = [offset for offset in fetched if offset not in done][:count]
            if batch:
                progress.finish(batch[-1] + 1)
                done.update(batch)
        else:
            offset = progress.to_commit()
            if offset is not None:
                assert all(one in done for one in fetched if one < offset)
                assert offset > committed
                progress.confirm(offset)
                committed = offset
    final = progress.to_commit()
    if final is not None:
        progress.confirm(final)
    assert (progress.committed or 0) == max((offset + 1 for offset in done), default=0)
    assert progress.to_commit() is None


def test_what_was_not_taken_cannot_be_done() -> None:
    progress = Progress()
    with pytest.raises(ValueError, match="done up to 5"):
        progress.finish(5)
    progress.take(4)
    with pytest.raises(ValueError, match="now done up to 5"):
        progress.finish(5)


def test_nothing_goes_back() -> None:
    progress = Progress()
    progress.take(10)
    with pytest.raises(ValueError, match="again up to 10"):
        progress.take(10)
    progress.finish(7)
    with pytest.raises(ValueError, match="done up to 7, and now done up to 7"):
        progress.finish(7)
