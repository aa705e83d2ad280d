"""The ledger by day against one that knows the time of every sample, for any batches."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.for_gateway.bench import Bench, run, table
from tests.for_gateway.source import DAY_S, LATE_S, MIDNIGHT_S, Source, at, batch, learn

SQL = "SELECT day, low, above, received, recovered, late FROM day ORDER BY day"


MESSAGES = st.lists(
    st.tuples(
        st.none() | st.integers(0, 120),  # the first number, or the one that is due
        st.integers(1, 20),  # how many
        st.integers(-2 * DAY_S, 2 * DAY_S) | st.integers(-900, 900),  # the newest, from midnight
        st.sampled_from((1, 60, 3600)),
        st.booleans(),  # one sample in two
        st.booleans(),  # commit
        st.booleans(),  # asks
    ),
    min_size=1,
    max_size=12,
)


@given(MESSAGES, st.integers(-3000, 3000))
@settings(max_examples=60, deadline=None)
def test_the_sums_are_those_of_what_was_received(tmp_path_factory, said, clock_s):
    """Against a ledger that knows the time of every sample."""

    async def job():
        bench = Bench(tmp_path_factory.mktemp("days") / "spool.db")
        now_s = MIDNIGHT_S + clock_s
        at(bench, now_s)
        learn()
        source = Source(bench)
        source.say(batch(0, 1, now_s, older=0))
        right, top = {0: (now_s, False)}, 1
        for begin, count, newest_s, interval_s, is_sparse, is_end, asks in said:
            first = top if begin is None else begin
            places = None
            span = count
            if is_sparse and count > 1:
                span = 2 * count - 1
                places = list(range(0, span, 2))
            message = batch(first, count, MIDNIGHT_S + newest_s, interval_s, None, places)
            source.say(message, asks)
            is_behind = first + span < top
            top = max(top, first + span)
            for place in places or range(count):
                time_s = MIDNIGHT_S + newest_s - (span - 1 - place) * interval_s
                right.setdefault(first + place, (time_s, is_behind))
            if is_end:
                await bench.ingest.commit()
        await bench.ingest.commit()
        received, recovered, late, numbers = Counter(), Counter(), Counter(), {}
        for number, (time_s, is_behind) in right.items():
            day = time_s // DAY_S
            received[day] += 1
            recovered[day] += is_behind
            late[day] += time_s < now_s - LATE_S
            numbers.setdefault(day, []).append(number)
        expected = [
            (d, min(numbers[d]), max(numbers[d]) + 1, received[d], recovered[d], late[d])
            for d in sorted(received)
        ]
        assert table(bench.path, SQL) == expected
        assert sum(received.values()) == bench.peer().received == len(bench.published())
        bench.worker.close()
        bench.spool.close()

    run(job())
