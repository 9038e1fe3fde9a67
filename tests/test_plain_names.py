"""Expressions and factors in plain words."""

import pytest

from steppe.experiments.analysis.expressions.parser import parse
from steppe.experiments.analysis.expressions.plain_names import describe_expression, name_factor
from steppe.model.scenario.load import load_scenario

SCENARIO = load_scenario("russian-retreat")


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        (
            "share(China, all, security, 2040)",
            "China's share in security on average over the republics in 2040",
        ),
        (
            "P(leads(China, 5 of 5, security)) > 0.5",
            "probability that China leads security in all five republics in 2040 above 0.5",
        ),
        (
            "leads(US, 3 of 5, economic, 2030)",
            "the United States leads the economic channel in at least three republics in 2030",
        ),
        ("autonomy(Uzbekistan)", "autonomy in Uzbekistan in 2040"),
        ("dependence(Tajikistan, China)", "dependence on China in Tajikistan in 2040"),
        ("trade(EU, Kazakhstan, 2030)", "the European Union's trade in Kazakhstan in 2030"),
        (
            "autonomy(region) - baseline.autonomy(region) < 0",
            "(autonomy on average over the republics in 2040 - autonomy on average over the "
            "republics in 2040 in the baseline) below 0",
        ),
    ],
)
def test_an_expression_in_words(text, plain):
    expression = parse(text, SCENARIO.cast, 163)
    assert describe_expression(expression.root, SCENARIO.cast) == plain


def test_a_factor_has_its_plain_name_before_its_symbol():
    assert name_factor("b[China]", SCENARIO.cast) == "budget offset, China (b[China])"
    assert name_factor("theta", SCENARIO.cast) == "effort elasticity (theta)"
    assert name_factor("russian-retreat.depth", SCENARIO.cast) == "russian-retreat.depth"
