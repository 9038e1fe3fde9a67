"""The style sheet that all HTML pages share."""

from pathlib import Path


def stylesheet() -> str:
    """The text of `page.css`."""
    return (Path(__file__).parent / "page.css").read_text(encoding="utf-8")
