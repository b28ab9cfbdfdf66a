"""What is a log, and what is some other file."""

import io
import zipfile

import numpy as np
import pytest

from logwatch.sources.content import is_binary, refuse_content

LOG = "Epoch 1/3:  5%|█▏   | 1/20 [00:01<00:19, loss=2.3]\rÉpoque 2: perte 0,5\n".encode()


def test_a_log_is_text():
    """Bars, accents, colours and tabs are what logs are made of."""
    assert "" == refuse_content(LOG + b"\x1b[32mstep 1\x1b[0m\tloss 3\n")


def test_a_log_in_an_old_encoding_is_text():
    """A few bytes that are no UTF-8 do not make a log unreadable."""
    assert not is_binary("étape 10 : perte 3.4, durée 2 s, mémoire libérée\n".encode("latin-1"))


def test_a_hole_at_the_start_is_no_sign():
    """A log that was emptied under its writer begins with NULs."""
    assert not is_binary(b"\0" * 5000 + LOG)
    assert not is_binary(b"\0" * 5000)
    assert not is_binary(b"")


def weights() -> bytes:
    """A file as torch.save and numpy.savez write it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("data/0", np.random.default_rng(0).normal(size=4000).tobytes())
    return out.getvalue()


@pytest.mark.parametrize(
    "data", [weights(), np.arange(4000).tobytes(), np.random.default_rng(0).bytes(4000)]
)
def test_weights_and_arrays_are_no_log(data):
    """A checkpoint named by mistake is told from a log by its bytes."""
    assert "is not a text file in UTF-8, and no metric was found in it" == refuse_content(data)


def test_utf16_is_named():
    """A log that was redirected on Windows tells how to convert it."""
    assert "iconv -f UTF-16 -t UTF-8" in refuse_content("step 1 loss 2".encode("utf-16"))
