"""No page states a sentence of a form that is not in the list of sentences, which is read whole.

The list is `tests/goldens/sentences.txt`, which `tests/test_sentences.py` makes.
"""

import re

import pytest
from conftest import GOLDENS
from figure_pages import CAST, make_batch, pages_of_each_kind, texts_of

COUNTS = "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
NUMBER = "[-+\N{MINUS SIGN}]?" rf"\d+(?:,\d{3})*(?:\.\d+)?%?|\b(?:{COUNTS})\b"
WORDS = {
    r"(Largest of # scenarios: )?([^:;]+?) against ([^:;]+?)(?= \(only one has|:|$)": "T against T",
    r"^[^:;]+?(?=: in #, |: from \w+ # on)": "T",
    r"[A-Z][^:;,.]* minus [^:;,.]*": "T minus T",
}


def forms(text):
    """The clauses of a text without its names and numbers, which differ from batch to batch."""
    for names, sign in (
        (CAST.republic_names, "P"), (CAST.holder_names, "H"), (CAST.channel_names, "C"),
    ):  # fmt: skip
        one = f"(?:the )?(?:{'|'.join(names)})\\b"
        text = re.sub(f"{one}(?:(?:, | and |, and | or ){one})*", sign, text)
    text = re.sub(NUMBER, "#", text, flags=re.IGNORECASE)
    text = re.sub("H'?s? C share|H in (?:the )?C(?: channel)?", "S", text)
    text = re.sub("(?:all # republics|# of the # republics|all republics but P)", "P", text)
    text = re.sub("(?:higher|lower)", "D", text)
    text = re.sub("(?:the )?C(?: channel)?(?:(?: and | or )(?:the )?C(?: channel)?)*", "C", text)
    for words, sign in WORDS.items():
        text = re.sub(words, sign, text)
    return [one for one in re.split(r"[;:.](?:\s+|$)", text.strip()) if one]


def listed_forms():
    """The forms of clauses in the list, and patterns of those that have fields."""
    lines = (GOLDENS / "sentences.txt").read_text(encoding="utf-8").splitlines()
    parts = [part for line in lines for part in (line, *line.split(" / "))]
    found = {form for part in parts for form in forms(part)}
    fields = [form for form in found if "{" in form and len(re.findall(r"(?<!{)\b\w+", form)) > 2]
    return found, [re.compile(re.sub(r"\\{\w*\\}", ".*", re.escape(form))) for form in fields]


@pytest.mark.parametrize(("members", "scenario"), [(30, "short"), (12, "retreat"), (1, "history")])
def test_no_page_has_a_sentence_that_is_not_in_the_list(members, scenario, tmp_path):
    """Other members, scenarios and republics than those of the list."""
    listed, patterns = listed_forms()
    names = ("history", "baseline", "retreat", "short")
    out = make_batch(tmp_path / "batch", names, members=members, block=members)
    unknown = {
        form: kind
        for kind, figure in pages_of_each_kind(out, tmp_path / "family", scenario, "Uzbekistan")
        for text in texts_of(figure)
        if not re.match(r"\d+\. ", text)  # an event, in the words of its file
        for form in forms(text)
        if form not in listed and not any(pattern.fullmatch(form) for pattern in patterns)
    }
    assert not unknown, "add what makes it to the list, refresh it, and read it"


def test_a_new_sentence_is_noticed():
    listed, patterns = listed_forms()
    (form,) = forms("Russia surely triumphs in Kazakhstan")
    assert form not in listed and not any(pattern.fullmatch(form) for pattern in patterns)
