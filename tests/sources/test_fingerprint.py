"""A log is known by its bytes."""

from hypothesis import given
from hypothesis import strategies as st

from logwatch.sources.fingerprint import HEAD_BYTES, SEAM_BYTES, Fingerprint


def take(data: bytes, *cuts: int) -> Fingerprint:
    fingerprint = Fingerprint()
    start = 0
    for end in (*cuts, len(data)):
        fingerprint.add(start, data[start:end])
        start = end
    return fingerprint


def compare(fingerprint: Fingerprint, data: bytes) -> str:
    return fingerprint.compare(lambda size, at: data[at : at + size])


LONG = b"".join(b"step %d loss %.4f\n" % (step, 1 / (step + 1)) for step in range(200))


@given(st.binary(max_size=3000), st.binary(max_size=300), st.integers(0, 3000))
def test_a_grown_log_is_the_same(data: bytes, more: bytes, cut: int) -> None:
    """Whatever is appended, and however it was read, a log stays the same."""
    fingerprint = take(data, min(cut, len(data)))

    assert "same" == compare(fingerprint, data + more)


def test_another_start_is_another_log() -> None:
    """Another first line proves another log, even a shorter one."""
    assert "other" == compare(take(LONG), b"epoch 1\n")
    assert "other" == compare(take(LONG), b"S" + LONG[1:] + LONG)


def test_an_equal_start_proves_nothing() -> None:
    """A shorter log with the same start is not proven to be another."""
    assert "unsure" == compare(take(LONG), LONG[:HEAD_BYTES])
    assert "unsure" == compare(take(LONG), b"")


def test_the_place_of_reading_tells_a_rerun() -> None:
    """A log with the same banner and other figures is not taken for the same."""
    banner = b"=" * HEAD_BYTES
    rerun = banner + LONG.replace(b"loss", b"LOSS") + LONG

    assert "unsure" == compare(take(banner + LONG), rerun)


def test_nothing_read_is_like_anything() -> None:
    """Before anything was read every log is the right one."""
    assert "same" == compare(Fingerprint(), b"anything")


def test_memory_is_bounded() -> None:
    """Only the first and last bytes are kept, however small the stretches were."""
    fingerprint = take(LONG, *range(0, len(LONG), 10))

    assert LONG[:HEAD_BYTES] == fingerprint._head
    assert LONG[-SEAM_BYTES:] == fingerprint._seam
