"""Expressions: their values, errors with their columns, and no text that crashes the parser."""

from __future__ import annotations

import numpy as np
import pytest
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from steppe.experiments.analysis.expressions.evaluate import (
    aggregate_arguments,
    evaluate,
    evaluate_over_members,
    member_columns,
)
from steppe.experiments.analysis.expressions.parser import ExpressionError, parse
from steppe.experiments.analysis.expressions.syntax_tree import FUNCTIONS, help_lines
from steppe.model.core.cast import default_cast
from steppe.model.core.errors import RequestError
from steppe.model.equations import concentration

CAST = default_cast()
LAST = 163  # 2040Q4
MEMBERS = 7


@pytest.fixture(scope="module")
def shares():
    """Some shares at the end of 2030 and 2040, of a run and of the baseline."""
    generator = np.random.default_rng(5)
    drawn = {}
    for run in ("", "baseline"):
        for quarter in (123, LAST):
            weights = generator.dirichlet(np.ones(5), (5, 3, MEMBERS))
            drawn[run, quarter] = np.moveaxis(weights, -1, 0)[:4]
    return drawn


def value(text, shares):
    return evaluate(parse(text, CAST, LAST), shares)


def test_functions_give_what_their_table_says(shares):
    now = shares["", LAST]
    russia, china, kazakhstan, security = 0, 1, 0, 1
    assert (
        CAST.power_names[:2] == ("Russia", "China") and CAST.channel_names[security] == "security"
    )
    expected = {
        "share(Russia, Kazakhstan, security)": now[russia, kazakhstan, security],
        "share(china, region, all, 2040)": now[china].mean(axis=(0, 1)),
        "share(autonomy, Kazakhstan, security)": 1 - now[:, kazakhstan, security].sum(axis=0),
        "autonomy(all)": 1 - now.sum(axis=0).mean(axis=(0, 1)),
        "autonomy(region, 2030)": 1 - shares["", 123].sum(axis=0).mean(axis=(0, 1)),
        "autonomy(Kazakhstan, security, 2030)": 1
        - shares["", 123][:, kazakhstan, security].sum(axis=0),
        "dependence(Kazakhstan, China)": now[china, kazakhstan].mean(axis=0),
        "leverage(Kazakhstan, China)": -np.log(1 - now[china, kazakhstan].mean(axis=0)),
        "concentration(Kazakhstan)": concentration(now[:, kazakhstan].mean(axis=1)),
        "multivector(Kazakhstan)": 1 - concentration(now[:, kazakhstan].mean(axis=1)),
    }
    for text, right in expected.items():
        np.testing.assert_allclose(value(text, shares), right, err_msg=text)


def test_leads_counts_republics(shares):
    leads = shares["", LAST][:, :, 1].argmax(axis=0) == 1
    for least in range(1, 6):
        np.testing.assert_array_equal(
            value(f"leads(China, {least} of 5, security)", shares), leads.sum(axis=0) >= least
        )
    np.testing.assert_array_equal(value("leads(China, all, security)", shares), leads.all(axis=0))
    np.testing.assert_array_equal(
        value("leads(China, Tajikistan, security)", shares),
        leads[CAST.index("republic", "Tajikistan")],
    )


def test_arithmetic_binds_as_it_is_read(shares):
    one = value("autonomy(region)", shares)
    np.testing.assert_allclose(value("1 - 2 * autonomy(region) / 4 - -0.5", shares), 1.5 - one / 2)
    np.testing.assert_allclose(
        value("autonomy(region) - baseline.autonomy(region)", shares),
        one - evaluate(parse("baseline.autonomy(region)", CAST, LAST), shares),
    )
    np.testing.assert_array_equal(
        value("not autonomy(region) > 0.2 or autonomy(region) < 0.1 and 1 < 2", shares),
        ~(one > 0.2) | (one < 0.1),
    )


def test_probabilities_are_shares_of_members(shares):
    expression = parse("P(autonomy(region) > 0.2) > 0.5", CAST, LAST)
    assert expression.is_aggregate and expression.is_condition
    columns = member_columns(expression, shares)
    assert columns.shape == (len(aggregate_arguments(expression)), MEMBERS)
    assert evaluate_over_members(expression.root, expression, columns) == float(
        (value("autonomy(region)", shares) > 0.2).mean() > 0.5
    )


@pytest.mark.parametrize(
    ("text", "column", "word"),
    [
        ("share(Rusia, all)", 7, "Russia"),
        ("share(Russia, Kazakstan)", 15, "Kazakhstan"),
        ("share(Russia, all, securty)", 20, "security"),
        ("1 + shar(Russia, all)", 5, "share"),
        ("leads(China, 3 of 4)", 14, "5 republics"),
        ("share(China, 3 of 5)", 14, "only in leads"),
        ("autonomy(region, 2050)", 18, "2000 to 2040"),
        ("autonomy(region) and 3 > 2", 1, "compare it"),
        ("share(Russia)", 13, "SHARE"),
        ("futures.autonomy(region)", 1, "baseline"),
        ("autonomy(region", 16, "missing"),
        ("autonomy(region) $ 2", 18, "means nothing"),
        ("P(autonomy(region))", 3, "compare it"),
        ("P(P(autonomy(region) > 1) > 1)", 3, "same for all"),
        ("2 * 3", 1, "asks nothing"),
        ("(" * 60 + "1" + ")" * 60, 42, "more than 40 nested"),
    ],
)
def test_mistakes_have_a_column_and_a_way_out(text, column, word):
    with pytest.raises(ExpressionError) as caught:
        parse(text, CAST, LAST)
    message = str(caught.value)
    assert (
        f"column {column}:" in message
        and word.casefold() in message.casefold()
        and message.count("\n") == 0
    )


def test_every_example_in_the_table_can_be_read(shares):
    for row in FUNCTIONS:
        parse(row.example, CAST, LAST)
    assert len(help_lines()) > len(FUNCTIONS)


_PARTS = st.sampled_from(
    [
        "share(",
        "leads(",
        "P(",
        "China",
        "all",
        "3 of 5",
        ",",
        ")",
        "(",
        "-",
        "+",
        "*",
        "/",
        "<",
        ">=",
        "and",
        "not",
        "or",
        "2040",
        "0.5",
        ".",
        "baseline",
        "autonomy(region)",
        " ",
        "$",
        "\N{CYRILLIC SMALL LETTER A}",
    ]
)


@pytest.mark.fuzz
@settings(derandomize=True, max_examples=examples(400), deadline=None)
@given(
    st.one_of(
        st.text(max_size=60),
        st.lists(_PARTS, max_size=25).map("".join),
        st.lists(_PARTS, max_size=25).map(" ".join),
    )
)
def test_any_text_is_read_or_refused(text):
    try:
        expression = parse(text, CAST, LAST)
    except RequestError as error:
        assert 1 <= int(str(error).split("column ")[1].split(":")[0]) <= len(text) + 1
    else:
        assert expression.quarters_by_run


_NUMBERS = st.recursive(
    st.sampled_from(["autonomy(region)", "share(China, Kazakhstan, security)", "0.5", "2"]),
    lambda inner: st.tuples(inner, st.sampled_from("+-*"), inner).map(
        lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"
    ),
    max_leaves=8,
)


@pytest.mark.fuzz
@settings(derandomize=True, max_examples=examples(150), deadline=None)
@given(_NUMBERS)
def test_arithmetic_agrees_with_arithmetic(shares, text):
    known = {
        name: value(name, shares)
        for name in ("autonomy(region)", "share(China, Kazakhstan, security)")
    }
    plain = text.replace("autonomy(region)", "first").replace(
        "share(China, Kazakhstan, security)", "second"
    )
    right = eval(
        plain,
        {"first": known["autonomy(region)"], "second": known["share(China, Kazakhstan, security)"]},
    )  # the test's own text, not a user's
    try:
        found = value(text, shares)
    except ExpressionError:
        assert "first" not in plain and "second" not in plain
    else:
        np.testing.assert_allclose(found, right)
