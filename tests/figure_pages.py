"""A synthetic batch of smooth shares in a few members, and pages drawn from it."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import numpy as np

from steppe.experiments.figures.draw import draw_page
from steppe.experiments.figures.draw_request import resolve_draw_request
from steppe.experiments.figures.groups import group_pages
from steppe.experiments.figures.pages import Page
from steppe.experiments.figures.registry import FIGURE_KINDS
from steppe.experiments.figures.style import use_theme
from steppe.experiments.results.statistics import compute_statistics
from steppe.experiments.storage import zarr_store as store
from steppe.experiments.storage.manifest import Manifest
from steppe.experiments.storage.open_batch import open_batch
from steppe.model.core.cast import default_cast
from steppe.model.observables.declarations import OBSERVABLES

CAST = default_cast()
OF_ONE_DATASET = [name for name in FIGURE_KINDS if name not in ("overlay", "response")]
LAST = {"history": 79, "baseline": 123, "retreat": 123, "short": 99}
EVENTS = {
    "history": [("treaty", [3]), ("accord", [3]), ("base", [20, 24])],
    "retreat": [("leaves", [96]), ("shrinks", [100]), ("late", [97]), ("never reached", [150])],
    "short": [("very " * 40 + "long", [90])],
}
INHERITED = ("inherited", [30])
LONG = (
    "A scenario with a title that goes on for far longer than any page is wide, "
    "and then goes on, and on, and on, until its variant number "
)


def make_batch(
    out: Path,
    scenarios=tuple(LAST),
    *,
    members: int = 12,
    block: int = 6,
    done: int | None = None,
    titles=None,
) -> Path:
    """A batch on disk; `done` blocks of each scenario are written, all by default."""
    layout = store.Layout(
        tuple(scenarios),
        members,
        block,
        store.recorded_quarters(123, "year"),
        CAST,
        ("theta",),
        (OBSERVABLES["trade"],),
    )
    out.mkdir(parents=True)
    store.create_results(out / "results.zarr", layout)
    manifest = Manifest(
        _request(scenarios, members, block, titles or {}, len(scenarios) * len(layout.blocks)),
        about={"command": "steppe run"},
    )
    for index, name in enumerate(scenarios):
        for first, last in layout.blocks[:done]:
            times = sum(quarter <= LAST.get(name, 123) for quarter in layout.quarters)
            shares = _shares(name, index, np.arange(first, last), times)
            store.write_block(
                out / "results.zarr",
                index,
                first,
                store.pack_shares(shares),
                np.zeros((last - first, 1)),
                store.pack_shares(_trade(shares)),
            )
            manifest.blocks[f"{name}/{first}"] = {"hash": "", "seconds": 0.0}
    manifest.save(out)
    return out


def make_sixteen(out: Path) -> Path:
    """A batch of sixteen scenarios with titles that are too long."""
    names = ("history", "baseline", *(f"variant-{number}" for number in range(14)))
    return make_batch(
        out, names, members=4, block=4, titles={name: LONG + name[-2:] for name in names}
    )


def _trade(shares):
    """Trade (member, time, republic, power) of shares, offsets growing from power to power."""
    weight = shares[..., 0, :-1] * np.exp(0.5 * np.arange(shares.shape[-1] - 1))
    return weight / weight.sum(axis=-1, keepdims=True)


def _request(scenarios, members, block, titles, blocks) -> dict:
    rows = {
        name: [
            {"name": what[:9], "what": what, "dates": dates, "own": what != INHERITED[0]}
            for what, dates in (*EVENTS.get(name, []), INHERITED)
        ]
        for name in scenarios
    }
    return {
        "format": 1,
        "model": "1",
        "evidence": "none",
        "weights": "prior",
        "seed": 7,
        "members": members,
        "block": block,
        "every": "year",
        "keep": "members",
        "scenarios": dict.fromkeys(scenarios, "x"),
        "titles": {name: titles.get(name, name.capitalize()) for name in scenarios},
        "files": {name: f"scenarios/{name}.yaml" for name in scenarios},
        "levers": {name: {} for name in scenarios},
        "spans": {name: [0, LAST.get(name, 123)] for name in scenarios},
        "events": rows,
        "blocks_in_all": blocks,
    }


def _shares(name: str, index: int, members: np.ndarray, times: int) -> np.ndarray:
    """Return shares (member, time, republic, channel, holder) that sum to 1.

    Futures diverge from the baseline after 2023.
    """
    powers, republics, channels = CAST.shape
    axes = np.ogrid[0 : len(members), 0:times, 0:republics, 0:channels, 0:powers]
    tilt = (
        0.03
        * index
        * np.clip(axes[1] - 23, 0, None)
        * (axes[4] == 0)
        * (name not in ("history", "baseline"))
    )
    scores = (
        np.sin(1.3 * members[axes[0]] + axes[2]) * 0.4
        + 0.5 * axes[4] * np.cos(axes[3])
        + 0.02 * axes[1] * (axes[4] == 1)
        - tilt
    )
    attraction = np.exp(scores)
    shares = attraction / (1 + attraction.sum(axis=-1, keepdims=True))
    return np.concatenate([shares, 1 - shares.sum(axis=-1, keepdims=True)], axis=-1)


DRAWN: dict = {}


def page(kind: str, measures, **part):
    """A page of a figure, drawn once, so that everything has its place."""
    key = (kind, id(measures), *part.items())
    if key not in DRAWN:
        DRAWN[key] = (
            drawn(kind, measures, **part),
            measures,
        )  # the measures are kept so that their id stays theirs
    return DRAWN[key][0]


def drawn(kind: str, measures, **part):
    with use_theme():
        figure = draw_page(Page(kind, kind, tuple(part.items())), measures)
        figure.draw_without_rendering()
    return figure


def pages_of_each_kind(out: Path, family: Path, scenario: str, republic: str):
    """A page of each kind, by kind: of a batch, and for `response` of a family made as large."""
    dataset = open_batch(out)
    asked = {"figures": ["overlay"], "scenarios": [scenario, "baseline"]}
    ((_, group),) = group_pages(resolve_draw_request(dataset, **asked), dataset)
    names = tuple(f"family[depth={depth}]" for depth in (1, 2, 3))
    members = dataset.attrs["request"]["members"]
    varied = make_batch(family, ("baseline", *names), members=members, block=members)
    responses = compute_statistics(open_batch(varied))
    responses.attrs["request"]["varied"] = {name: {"depth": float(name[-2])} for name in names}
    measures = compute_statistics(dataset)
    parts = {"scenario": scenario, "republic": republic, "place": "region"}
    for kind, row in FIGURE_KINDS.items():
        shown = {"overlay": group, "response": responses}.get(kind, measures)
        yield (
            kind,
            drawn(kind, shown, **{axis: parts[axis] for axis in row.one_page_per if axis in parts}),
        )


def artists(ax, word: str) -> dict[str, list]:
    """Artists of an Axes whose mark begins with a word, by what follows it."""
    found: dict[str, list] = {}
    for artist in ax.get_children():
        name, _, rest = str(artist.get_gid()).partition(":")
        if name == word:
            found.setdefault(rest, []).append(artist)
    return found


def panels(figure) -> list:
    return [ax for ax in figure.axes if artists(ax, "median")]


def span_at(band, year: float) -> tuple[float, float]:
    points = band.get_paths()[0].vertices
    values = points[np.isclose(points[:, 0], year), 1]
    return values.min(), values.max()


def caption_of(figure) -> str:
    return " ".join(
        next(text.get_text() for text in figure.texts if text.get_gid() == "caption").split()
    )


def texts_of(figure):
    """Titles, captions, keys and legends of a page, each a line."""
    found: dict[str, list[str]] = {}
    for text in figure.texts:
        found.setdefault(str(text.get_gid()), []).append(text.get_text())
    for gid in ("title", "subtitle", "caption"):
        yield " ".join(" ".join(found.get(gid, [])).split())
    yield from (" ".join(text.split()) for text in found.get("key", []))
    yield from (text.get_text() for legend in figure.legends for text in legend.get_texts())


def check_texts(figure) -> None:
    texts = list(drawn_texts(figure))
    boxes = np.array([text.get_window_extent().extents for text in texts])
    width, height = figure.canvas.get_width_height()
    outside = (boxes[:, :2] < 0).any(axis=1) | (boxes[:, 2] > width) | (boxes[:, 3] > height)
    assert not outside.any(), [texts[place].get_text() for place in np.flatnonzero(outside)]
    low, high = boxes[:, None, :2], boxes[:, None, 2:]
    overlap = np.minimum(high, high.transpose(1, 0, 2)) - np.maximum(low, low.transpose(1, 0, 2))
    touching = np.argwhere(np.triu((overlap > 1.0).all(axis=2), k=1))
    assert not len(touching), [
        (texts[one].get_text(), texts[other].get_text()) for one, other in touching[:5]
    ]


def drawn_texts(figure):
    """Every text that is seen; tick labels beyond the limits of an axis exist and are not."""
    texts = [*figure.texts, *chain.from_iterable(legend.get_texts() for legend in figure.legends)]
    for ax in figure.axes:
        texts += ax.texts
        if not ax.axison:
            continue
        texts += [ax.title, ax.xaxis.label, ax.yaxis.label]
        for axis, limits in ((ax.xaxis, ax.get_xlim()), (ax.yaxis, ax.get_ylim())):
            texts += [
                tick.label1
                for tick in axis.get_major_ticks()
                if min(limits) <= tick.get_loc() <= max(limits)
            ]
    return (text for text in texts if text.get_text().strip() and text.get_visible())
