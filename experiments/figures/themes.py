"""The themes of figures by name: the colours of ground, letters and lines. Who only checks a name needs no drawing library."""

from __future__ import annotations

THEMES = {
    "light": {"ground": "#FFFFFF", "ink": "#1B1F24", "faint": "#D9DCE0", "muted": "#59616B"},
    "dark": {"ground": "#14181D", "ink": "#E8EAED", "faint": "#3A414A", "muted": "#A9B1BB"},
}
THEME_NAMES = tuple(THEMES)
