from idia.timing import CpuClock, untimed


def test_stages_add_up_also_where_they_fail() -> None:
    clock = CpuClock()
    for _ in range(2):
        with clock.during("counting"):
            sum(range(100_000))
    first = clock.seconds["counting"]
    try:
        with clock.during("counting"):
            sum(range(100_000))
            raise ValueError
    except ValueError:
        pass

    assert clock.seconds["counting"] > first > 0
    assert list(clock.seconds) == ["counting"]


def test_nothing_need_be_timed() -> None:
    with untimed("anything"):
        pass
