"""Mistakes that people make lead out: the message alone says what the right file is."""

import pytest
from natural_mistakes import MISTAKES

from steppe.model.core.diagnostics import DiagnosticsError
from steppe.model.scenario.load import load_family

# Messages that do not lead out yet: expected failures, taken out of this list as they are mended.
NOT_YET: tuple[str, ...] = ()


def message_of(mistake, folder):
    """What loading says; nothing if the file is what was meant."""
    path = folder / "mine.yaml"
    path.write_text(mistake.text, encoding="utf-8")
    try:
        load_family(path)
    except DiagnosticsError as error:
        return "\n".join(problem.message for problem in error.diagnostics)
    return ""


def leads_out(mistake, message):
    """Whether the message says all that it must, and is there if and only if something is wrong."""
    return bool(mistake.says) == bool(message) and all(words in message for words in mistake.says)


def test_there_are_forty_and_no_two_alike():
    assert len(NOT_YET) <= 2
    assert len(MISTAKES) == 40
    assert len({mistake.text for mistake in MISTAKES}) == 40
    assert {mistake.name for mistake in MISTAKES} >= set(NOT_YET)


@pytest.mark.parametrize(
    "mistake",
    [
        pytest.param(
            mistake,
            marks=[pytest.mark.xfail(strict=True)] if mistake.name in NOT_YET else [],
            id=mistake.name,
        )
        for mistake in MISTAKES
    ],
)
def test_a_natural_mistake_leads_out(mistake, tmp_path):
    message = message_of(mistake, tmp_path)
    assert leads_out(mistake, message), message
