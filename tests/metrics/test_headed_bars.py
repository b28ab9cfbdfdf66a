"""Bars under a heading: each epoch has its own evaluation, and a full bar counts once."""

from logwatch.session import Session


def series_of(library, *pieces):
    """The series of a log in pieces."""
    session = Session(library)
    for piece in pieces:
        session.feed(piece.encode())
    session.finish()
    return session.view().series


def epoch(n, *bars):
    """The heading of an epoch and its bars."""
    return f"Epoch {n}/9\n" + "".join(f"80/80 - 2s - 20ms/step - {bar}\n" for bar in bars)


def test_equal_evaluations_are_samples(library):
    """Twelve evaluations that give one number are twelve samples, which a rule can judge."""
    log = "".join(epoch(n, f"loss: 0.{n}93 - val_loss: 0.6932") for n in range(1, 10))

    series = series_of(library, log)

    assert [0.6932] * 9 == series["eval/loss"].value.tolist()
    assert 9 == series["train/loss"].count


def test_a_full_bar_that_is_drawn_again(library):
    """Keras draws it with the last batch and then with the epoch's means: the last one counts."""
    parts = [epoch(n, f"loss: {n}.5", f"loss: {n}.25 - val_loss: 0.5") for n in range(1, 5)]
    log = "".join(parts)

    series = series_of(library, log)

    assert [1.25, 2.25, 3.25, 4.25] == series["train/loss"].value.tolist()
    assert [80, 160, 240, 320] == series["train/loss"].step.tolist()
    assert [0.5] * 4 == series["eval/loss"].value.tolist()


def test_drawings_in_different_pieces(library):
    """A drawing is replaced also where it was read before the next one came."""
    log = epoch(1, "loss: 1.5", "loss: nan") + epoch(2, "loss: 2.5", "loss: 2.25")
    cuts = [at + 1 for at, sign in enumerate(log) if sign == "\n"]
    pieces = [log[a:b] for a, b in zip([0, *cuts], cuts, strict=False)]

    whole, parts = series_of(library, log), series_of(library, *pieces)

    for name, view in whole.items():
        assert repr(view.value.tolist()) == repr(parts[name].value.tolist())
        assert view.nonfinite == parts[name].nonfinite
