"""Rules and their thresholds: what a person may set, and that it counts."""

import inspect

import pytest

import logwatch.diagnosis.engine  # noqa: F401  (registers the rules)
from logwatch.diagnosis.config import Config
from logwatch.diagnosis.rule import RULES, Question

LIMITS = [(name, limit) for name, rule in RULES.items() for limit in rule.limits]


def test_a_threshold_that_nobody_set_is_the_rules_own():
    """Without a word of a person."""
    assert RULES["loss-rising"].limits["rise"] == Question().limit("loss-rising", "rise")


@pytest.mark.parametrize("name", ["lr-zero", "lr-contradiction"])
def test_a_threshold_counts_under_any_name_of_its_rule(name):
    """One check gives both findings, so either name reaches it."""
    question = Question(config=Config(thresholds={name: {"steps": 7.0}}))

    assert 7.0 == question.limit("lr-zero", "steps")


def test_a_threshold_of_one_rule_leaves_others_alone():
    """`rise` of spikes is not that of climbs."""
    question = Question(config=Config(thresholds={"loss-spike": {"rise": 0.9}}))

    assert RULES["loss-rising"].limits["rise"] == question.limit("loss-rising", "rise")


@pytest.mark.parametrize(("name", "limit"), LIMITS)
def test_each_threshold_is_asked_for(name, limit):
    """A threshold that may be set and is not read, by the rule or what it asks, would be a lie."""
    module = inspect.getmodule(RULES[name].check)
    asked = [module, *(part for part in vars(module).values() if inspect.ismodule(part))]
    source = "".join(inspect.getsource(part) for part in asked if "logwatch" in part.__name__)

    assert f'"{limit}"' in source
