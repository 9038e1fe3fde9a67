"""Figures in other languages: catalogues are whole, compiled, and used on every page."""

import gettext
import re
from string import Formatter

import pytest
from command import steppe
from figure_pages import CAST, check_texts, drawn, drawn_texts

from steppe.experiments.figures.captions import provenance_sentence
from steppe.experiments.figures.draw import draw_figures
from steppe.experiments.figures.language import (
    language_names,
    names_in_figures,
    translate,
    translate_count,
    translate_names,
    use_language,
)
from steppe.experiments.generated import catalogues
from steppe.model.evidence.choice import WITH_SERIES
from steppe.model.parameters.posterior import POSTERIOR, PRIOR

SOURCES = catalogues.sources()
LANGUAGES = [path.parts[-3] for path in SOURCES]
PARTS = {
    "region": {"scenario": "retreat"},
    "heatmap": {"scenario": "retreat"},
    "leads": {"scenario": "retreat"},
    "trajectories": {"scenario": "retreat"},
    "ranks": {"scenario": "retreat"},
    "map": {"scenario": "retreat"},
    "republic": {"scenario": "retreat", "republic": "Kazakhstan"},
    "trade": {"scenario": "retreat", "republic": "Kazakhstan"},
    "difference": {},
    "forest": {"place": "region"},
    "coverage": {},
}


def rows(path):
    """Texts of a catalogue with all their forms."""
    for row in catalogues.read_source(path):
        if row.id:
            yield row.id, [row.string] if isinstance(row.string, str) else list(row.string)


@pytest.mark.parametrize("path", SOURCES, ids=LANGUAGES)
def test_a_catalogue_has_every_text_and_no_other(path):
    found = {text if isinstance(text, str) else tuple(text) for text, _ in rows(path)}
    assert found == catalogues.messages()
    assert all(all(forms) for _, forms in rows(path))
    assert not any(row.fuzzy for row in catalogues.read_source(path) if row.id)


@pytest.mark.parametrize("path", SOURCES, ids=LANGUAGES)
def test_a_translation_has_the_fields_and_the_ends_of_its_text(path):
    for text, forms in rows(path):
        original = text if isinstance(text, str) else text[1]
        for form in forms:
            assert fields(form) == fields(original), form
            for end in (r"^\s*", r"\s*$"):
                assert re.findall(end, form)[0] == re.findall(end, original)[0], form


def fields(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name is not None)


@pytest.mark.parametrize("path", SOURCES, ids=LANGUAGES)
def test_the_compiled_catalogue_is_fresh(path):
    with path.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for text, forms in rows(path):
        if isinstance(text, str):
            assert [compiled.gettext(text)] == forms, "run `python -m steppe.experiments.generated`"
        else:
            assert {compiled.ngettext(*text, number) for number in range(30)} == set(forms)


@pytest.mark.parametrize("kind", PARTS)
def test_a_page_in_russian_has_no_english_but_its_finding_and_its_events(page_measures, kind):
    with use_language("ru"):
        figure = drawn(kind, page_measures, **PARTS[kind])
    check_texts(figure)
    own = {"Retreat", "Short", *(actor.code for actor in CAST.republics)}
    others = [text for text in drawn_texts(figure) if text.get_gid() not in ("title", "key")]
    subtitle = " ".join(text.get_text() for text in others if text.get_gid() == "subtitle")
    subtitle = subtitle.rpartition(". Retreat: ")[2]  # after what else it has found
    texts = [subtitle, *(text.get_text() for text in others if text.get_gid() != "subtitle")]
    assert set(re.findall("[A-Za-z]{2,}", " ".join(texts))) <= own


def test_captions_say_in_russian_what_parameters_rest_on(page_measures):
    measures = page_measures.copy()
    measures.attrs["request"] = measures.attrs["request"] | {
        "weights": f"{POSTERIOR} 97b3",
        "layer": WITH_SERIES,
    }
    assert {PRIOR, POSTERIOR} <= set(names_in_figures())
    with use_language("ru"):
        sentence = provenance_sentence(measures)
    assert " 97b3, " in sentence and not re.search("[A-Za-z]{2,}", sentence)
    assert "; parameters: posterior 97b3, from documents and series; " in provenance_sentence(
        measures
    )


def test_every_language_is_drawn_beside_english(page_batch):
    assert language_names() == ("en", *LANGUAGES)
    asked = {"figures": ["region"], "scenarios": ["retreat"], "formats": ["svg"]}
    english, russian = (
        draw_figures(page_batch, language=name, **asked)[0] for name in ("en", "ru")
    )
    assert (english.name, russian.name) == ("region-retreat.svg", "region-retreat--ru.svg")
    assert ">Россия<" in russian.read_text(encoding="utf-8")
    assert ">Russia<" in english.read_text(encoding="utf-8")
    assert draw_figures(page_batch, **asked) == [english], "a language does not outlast its pages"
    assert translate("Russia") == "Russia"


def test_numbers_choose_the_form_and_unknown_names_stay(page_measures):
    assert "Uzbekistan" in translate_names(page_measures, "republic")
    with use_language("ru"):
        words = "{number} member (a simulated history)", "{number} members (simulated histories)"
        forms = [translate_count(*words, n) for n in (1, 3, 5, 21)]
        assert [form.split()[1] for form in forms] == ["прогон", "прогона", "прогонов", "прогон"]
        assert "Узбекистан" in translate_names(page_measures, "republic")
        assert translate("A future of one's own") == "A future of one's own"
        assert translate("") == ""


def test_the_picture_of_a_comparison_is_drawn_in_russian(page_batch, tmp_path):
    pages = {name: tmp_path / f"{name}.svg" for name in ("en", "ru")}
    for name, path in pages.items():
        steppe("compare", page_batch, "retreat", "--figure", path, "--language", name)
    english, russian = (path.read_text(encoding="utf-8") for path in pages.values())
    assert ">Russia<" in english and ">Россия<" in russian and ">Казахстан<" in russian
    others = re.sub('<g id="title">.*?</g>', "", russian, flags=re.DOTALL)
    texts = re.findall("<text[^>]*>([^<]*)<", others)
    assert set(re.findall("[A-Za-z]{2,}", " ".join(texts))) == {"Retreat"}


@pytest.mark.parametrize("words", [("plot",), ("compare", "retreat", "--figure", "a.png")])
def test_a_language_that_is_not_there_is_one_line(page_batch, words):
    ended = steppe(words[0], page_batch, *words[1:], "--language", "fr")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "unknown language 'fr'; known: en, ru\n"
