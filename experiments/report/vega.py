"""The chart library that a report carries: Vega-Lite, as the installed package vl-convert-python brings it.

Chosen by size: Vega, Vega-Lite and vega-embed together are 0.9 MB, where the only bundle
in Plotly's Python package is 4.7 MB and would leave no room for the numbers; and Vega can
interpret its expressions, so that the page needs no `unsafe-eval`.
"""

from __future__ import annotations

from steppe.experiments.errors import RequestError


def chart_library() -> str:
    """JavaScript that defines `vegaEmbed`.

    Raises
    ------
    RequestError
        If the package is not installed, naming the extra that brings it.
    """
    try:
        from vl_convert import javascript_bundle
    except ImportError:
        raise RequestError(
            "a report needs the package vl-convert-python; install it with: pip install 'steppe[report]'"
        ) from None
    # A library may hold the end of a script as text; escaped it means the same to JavaScript, and nothing to HTML.
    return javascript_bundle().replace("</script", "<\\/script").replace("<!--", "<\\!--")
