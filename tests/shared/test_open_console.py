"""What comes on an open console: a mount test that is wanted, what is typed wrong, and noise."""

from node.unlock import obey


def wanted(*lines: bytes) -> tuple:
    """Return (what was said to the lines, the mount tests that they began)."""
    begun = []
    said = [obey(line, begun.append) for line in lines]
    return said, begun


def test_a_mount_test_begins_with_as_many_frames_as_are_wanted():
    said, begun = wanted(b"neckar mount 10", b"  neckar  mount 1 ", b"neckar mount 50")
    assert said == [None, None, None]
    assert begun == [10, 1, 50]


def test_a_number_of_frames_that_makes_no_sense_begins_nothing():
    for line in (b"neckar mount", b"neckar mount 0", b"neckar mount 51", b"neckar mount -3"):
        assert wanted(line) == (["mount refused: frames should be 1 to 50"], []), line
    for line in (b"neckar mount ten", b"neckar mount 1.5", b"neckar mount \xff\xfe"):
        assert wanted(line) == (["mount refused: frames should be 1 to 50"], []), line


def test_somebody_who_does_not_know_that_it_is_open_is_told():
    said, begun = wanted(b"neckar open")
    assert said[0].startswith("console open") and begun == []


def test_noise_is_not_answered():
    for line in (b"", b"mount 10", b"neckar", b"neckar mounts 10", b"0123456789abcdef", b"\xff"):
        assert wanted(line) == ([None], []), line
