"""Reading YAML: plain data, with the place of every key and value."""

import pytest

from steppe.model.core.diagnostics import DiagnosticsError
from steppe.model.core.yaml_source import (
    MAX_DEPTH,
    MAX_NODES,
    dump_yaml,
    parse_yaml,
    read_yaml,
)


def data(text):
    return parse_yaml(text, "it.yaml").data


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: 1", 1),
        ("a: -1", -1),
        ("a: 0.5", 0.5),
        ("a: .5", 0.5),
        ("a: 1e3", 1000.0),
        ("a: 1e999", float("inf")),
        ("a: true", True),
        ("a: False", False),
        ("a: no", "no"),
        ("a: off", "off"),
        ("a: Yes", "Yes"),
        ("a: null", None),
        ("a: ~", None),
        ("a:", None),
        ("a: '1'", "1"),
        ('a: "true"', "true"),
        ("a: 2024-05-01", "2024-05-01"),
        ("a: 0x1F", "0x1F"),
        ("a: 1_000", "1_000"),
        ("a: 12:30", "12:30"),
        ("a: >-\n  two\n  lines", "two lines"),
        ("a: [1, b]", [1, "b"]),
        ("a: {b: 1}", {"b": 1}),
        ("a: ='", "='"),
    ],
)
def test_values_are_what_they_look_like(text, value):
    assert data(text) == {"a": value}
    assert type(data(text)["a"]) is type(value)


def test_every_key_and_value_has_its_place():
    source = parse_yaml("a:\n  - b: 1\n    c: [x, yy]\n", "it.yaml")
    assert source.keys[("a", 0, "c")] == ("it.yaml", 3, 5)
    assert source.values[("a", 0, "c", 1)] == ("it.yaml", 3, 12)
    assert source.place(("a", 0, "missing")) == ("it.yaml", 2, 5)
    assert source.place(("nowhere", "at", "all")) == ("it.yaml", 1, 1)


def test_columns_count_characters_after_a_byte_order_mark_and_beyond_ascii(tmp_path):
    path = tmp_path / "it.yaml"
    path.write_bytes("\ufeffä: ü\nключ: 1\n".encode())
    source = read_yaml(path, "it.yaml")
    assert source.values[("ä",)] == ("it.yaml", 1, 4)
    assert source.values[("ключ",)] == ("it.yaml", 2, 7)


def test_windows_line_ends_do_not_move_places():
    assert parse_yaml("a: 1\r\nb: 2\r\n", "it.yaml").values[("b",)] == ("it.yaml", 2, 4)


@pytest.mark.parametrize(("depth", "sound"), [(MAX_DEPTH - 1, True), (MAX_DEPTH, False)])
def test_depth_is_bounded(depth, sound):
    text = "a: " + "[" * depth + "]" * depth
    if sound:
        assert data(text)
    else:
        with pytest.raises(DiagnosticsError, match=f"at most {MAX_DEPTH} levels"):
            data(text)


def test_the_number_of_values_is_bounded():
    with pytest.raises(DiagnosticsError, match=f"more than {MAX_NODES:,} keys and values"):
        data("- 1\n" * (MAX_NODES + 1))


def test_several_mistakes_of_form_are_told_together():
    with pytest.raises(DiagnosticsError) as found:
        data("a: 1\na: 2\nb: !x 3\n<<: 4\nc: &d 5\n")
    assert [diagnostic.line for diagnostic in found.value.diagnostics] == [2, 3, 4, 5]


@pytest.mark.parametrize("name", ["absent.yaml", "."])
def test_what_cannot_be_read_is_named(tmp_path, name):
    with pytest.raises(DiagnosticsError, match=r"no such file|is a folder"):
        read_yaml(tmp_path / name, name)


WORDS = ["2030", "007", "1e3", "1.5", ".5", "-1", "+1", ".inf", ".nan", "true", "Null", "~", ""]
WORDS += ["no", "On", "y", "0x1F", "1_000", "12:30", "2024-05-01", "a: b", "#a", "a #b", "- a"]
WORDS += ["*a", "&a", "!a", "<<", "=", "{a", "a,b", "'", '"', " a ", "two\nlines", "\tx", "будущее"]


@pytest.mark.parametrize("word", WORDS)
def test_what_is_written_is_read_back_as_it_was(word):
    for written in ({"a": word}, {"a": [word], "b": {"c": word}}, {"a": [1, 1.0, True, None]}):
        assert data(dump_yaml(written)) == written


def test_text_that_yaml_1_1_takes_for_a_truth_value_is_quoted():
    assert dump_yaml({"a": "no"}) == "a: 'no'\n"
    assert dump_yaml({"a": "1e3"}) == "a: '1e3'\n"
