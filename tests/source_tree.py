"""Make `build/source/steppe`, where the checkout looks like the installed package, for linters.

    python tests/source_tree.py

The folders are links, so what tools report is what stands in the checkout.
"""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TREE = ROOT / "build" / "source"


def lay_out() -> Path:
    """Make the links, and return the folder that holds the package."""
    package = TREE / "steppe"
    package.mkdir(parents=True, exist_ok=True)
    sources = [ROOT / name for name in ("model", "experiments", "scenarios")]
    sources += (ROOT / "experiments" / "package" / "steppe").iterdir()
    for source in sources:
        link = package / source.name
        if source.name != "__pycache__" and not link.exists():
            link.symlink_to(source)
    return TREE


if __name__ == "__main__":
    print(lay_out())
