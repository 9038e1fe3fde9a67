"""The chart library of a report: Vega-Lite, from the installed package vl-convert-python.

Chosen for its size: Vega, Vega-Lite and vega-embed together are 0.9 MB, while the only bundle
in Plotly's Python package is 4.7 MB and would leave no room for the numbers. Vega can also
interpret its expressions, so that the page needs no `unsafe-eval`.
"""

from __future__ import annotations

from steppe.model.core.optional_packages import import_package

PACKAGE = "vl_convert"


def chart_library() -> str:
    """JavaScript that defines `vegaEmbed`.

    Raises
    ------
    RequestError
        If the package is not installed, naming the extra that provides it.
    """
    javascript_bundle = import_package("report", PACKAGE).javascript_bundle
    # The bundle may contain the end of a script as text: escape it for HTML, which leaves its
    # meaning in JavaScript unchanged.
    bundle: str = javascript_bundle()
    return bundle.replace("</script", "<\\/script").replace("<!--", "<\\!--")
