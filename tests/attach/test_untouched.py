"""A training that is looked into keeps its numbers, its memory and its variables."""

from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs torch")

from tests.attach.trainings import MAKERS, linear, probed, step, train_language  # noqa: E402

pytestmark = pytest.mark.torch


def test_memory_is_not_kept() -> None:
    """What the training drops is dropped: model, batch and loss die with their last name."""
    import gc
    import weakref

    gc.collect()
    gc.disable()
    try:
        with probed() as probe:

            def train() -> list[Any]:
                model, optimizer = linear()
                batch = torch.ones(2, 8)
                loss = model(batch).sum()
                step(optimizer, loss)
                return [weakref.ref(item) for item in (model, optimizer, batch, loss, model.weight)]

            dead = train()
            assert [None] * 5 == [reference() for reference in dead]
        assert 1 == len(probe.values)
    finally:
        gc.enable()


def test_batch_of_a_running_function_is_not_kept() -> None:
    """To look into a function's variables does not keep an old batch alive while it runs."""
    import weakref

    model, optimizer = linear()
    with probed() as probe:
        batch = torch.ones(2, 8)
        old = weakref.ref(batch)
        step(optimizer, model(batch).sum())
        batch = torch.zeros(2, 8)
        assert old() is None
    assert 1 == len(probe.values)


@pytest.mark.parametrize("name", MAKERS)
def test_bit_for_bit(name: str) -> None:
    """A training ends with the same bits, and the random numbers go on alike, as without us."""
    bare = train_language(MAKERS[name], 6)
    after_bare = torch.get_rng_state()
    with probed():
        watched = train_language(MAKERS[name], 6)

    assert bare == watched
    assert torch.equal(after_bare, torch.get_rng_state())


def test_functions_that_look_at_themselves() -> None:
    """A training that keeps its `locals()` finds in it what it found there without us."""
    model, optimizer = linear()
    with probed() as probe:
        kept = locals()
        names = {*kept}
        late = torch.ones(2, 8)
        step(optimizer, model(late).sum())

        assert names == {*kept}
        assert kept["model"] is model
    assert 1 == len(probe.values)
