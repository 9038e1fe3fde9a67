"""The themes of figures, by name; apart from `style` so that checking a name is quick."""

from __future__ import annotations

DPI = 130
THEMES = {
    "light": {"ground": "#FFFFFF", "ink": "#1B1F24", "faint": "#D9DCE0", "muted": "#59616B"},
    "dark": {"ground": "#14181D", "ink": "#E8EAED", "faint": "#3A414A", "muted": "#A9B1BB"},
}
THEME_NAMES = tuple(THEMES)
