"""Texts of others as a terminal or a table may hold them; needs no other module of logwatch."""

import unicodedata


def escape_controls(text: str) -> str:
    """`text` with what would steer a terminal, or cannot be encoded, written as an escape."""
    return text if text.isprintable() else "".join(map(_escape, text))


def _escape(sign: str) -> str:
    is_blank = unicodedata.category(sign) == "Zs"  # a wide blank steers nothing
    return sign if sign.isprintable() or is_blank else ascii(sign)[1:-1]
