"""HTML that all pages share: everything is escaped, except what is HTML already."""

from __future__ import annotations

from steppe.experiments.figures.html_page import Html, bullet_list, page, table


def test_tables_escape_text_and_keep_html():
    text = table(
        'A "caption"',
        ["name", "size <m>"],
        [["<b>", "1"], ["plain", Html("<code>2</code>")]],
        lambda column, text: "figure" if column == "size <m>" else "",
    )
    assert "<caption>A &quot;caption&quot;</caption>" in text
    assert '<th scope="col" class="figure">size &lt;m&gt;</th>' in text
    assert '<th scope="row">&lt;b&gt;</th><td class="figure">1</td>' in text
    assert '<td class="figure"><code>2</code></td>' in text


def test_lists_and_pages_escape_text():
    assert bullet_list(["<i>", Html("<b>x</b>")], "findings") == (
        '<ul class="findings"><li>&lt;i&gt;</li><li><b>x</b></li></ul>'
    )
    assert "<title>Steppe: &lt;i&gt;</title>" in page("<i>", "<p>x</p>")
