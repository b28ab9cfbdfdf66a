"""Levels of guessing: which number of classes a loss stands for."""

import math

import pytest

from logwatch.diagnosis.analysis import guessing


@pytest.mark.parametrize(
    ("level", "classes"), [(0.6931, 2), (2.302, 10), (1.5, None), (-1.0, None)]
)
def test_few_classes_are_known_by_their_logarithm(level, classes):
    """ln 2 and ln 10 to three thousandths; another level is none."""
    assert classes == guessing.small_classes(level)


@pytest.mark.parametrize(("level", "size"), [(10.826, 50_257), (10.3735, 32_000), (9.0, None)])
def test_vocabularies_in_wide_use_are_known(level, size):
    """GPT-2's and Llama's, and none at 9.0."""
    assert size == guessing.vocabulary(level)


def test_a_declared_size_is_the_only_one():
    """Whoever says 9,000 does not mean 50,257; ten classes are no vocabulary."""
    assert 9000 == guessing.vocabulary(math.log(9000), 9000)
    assert guessing.vocabulary(10.826, 9000) is None
    assert guessing.vocabulary(math.log(10), 10) is None


def test_what_noise_leaves_open_is_near():
    """0.5 % above ln 50,257 is it where the level is known to 0.2 %, and 2 % above never."""
    assert guessing.vocabulary(10.88) is None
    assert guessing.vocabulary(10.88, error=0.02) == 50_257
    assert guessing.vocabulary(11.04, error=1.0) is None


def test_the_sentence_names_whose_tokens():
    """Figures, and what they mean."""
    assert "ln 10, what guessing evenly among ten classes" in guessing.name_classes(2.302)
    assert "the tokens of Llama 3" in guessing.name_classes(math.log(128_256))
    assert guessing.name_classes(5.0) == ""
