"""Is this a log at all? Judged by its first bytes, to say so in one sentence if it is not."""

BINARY_SHARE = 0.3
"""Controls and undecodable bytes above this share are no text. Latin-1 French has 0.10, the worst
of the real logs in the tests 0.00002; /bin/ls has 0.73, float64 weights 0.51, random bytes 0.53.
Source: perl's -T, which takes a third of the first block: https://perldoc.perl.org/functions/-X"""
JUDGED_BYTES = 1 << 16
"""Enough to judge, and no more than one read."""

WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")
"""Byte order marks of UTF-16. Source: The Unicode Standard, section 23.8."""
ODD_BYTES = bytes(set(range(32)) - set(b"\t\n\r\b\f\x1b") | {127})


def refuse_content(head: bytes) -> str:
    """Why these first bytes are no log, as the end of a sentence; empty where they may be one.

    A hole of NULs at the start is no sign: a log that was emptied under its writer begins so.
    """
    if head.startswith(WIDE_MARKS):
        return "is UTF-16 text: turn it into UTF-8 with iconv -f UTF-16 -t UTF-8"
    if is_binary(head):
        return "is not a text file in UTF-8, and no metric was found in it"
    return ""


def is_binary(head: bytes) -> bool:
    """Whether too many of the bytes after leading NULs are no text."""
    sample = head.lstrip(b"\0")[:JUDGED_BYTES]
    if not sample:
        return False
    odd = len(sample) - len(sample.translate(None, ODD_BYTES))
    odd += sample.decode("utf-8", "replace").count("\N{REPLACEMENT CHARACTER}")
    return odd > BINARY_SHARE * len(sample)
