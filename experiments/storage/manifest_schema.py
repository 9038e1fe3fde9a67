"""What a manifest holds, with types and bounds: what another program wrote is not taken for one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field, TypeAdapter, ValidationError
from typing_extensions import TypedDict  # pydantic needs it before Python 3.12

LAST_QUARTER = 4 * 1000
Whole = Annotated[int, Field(ge=0, strict=True)]
Count = Annotated[int, Field(ge=1, strict=True)]
Quarter = Annotated[int, Field(ge=0, le=LAST_QUARTER, strict=True)]
Number = Annotated[float, Field(allow_inf_nan=False, strict=True)]
Colour = Annotated[str, Field(pattern="^#[0-9A-Fa-f]{6}$")]


class StoredEvent(TypedDict):
    """An event of a scenario, as figures mark it."""

    name: str
    what: str
    dates: list[Quarter]
    own: bool
    file: NotRequired[str]


class StoredRequest(TypedDict):
    """What was asked for; keys that older batches lack are not required."""

    format: Whole
    model: str
    evidence: str
    weights: str
    seed: Whole
    members: Count
    block: Count
    every: Literal["year", "quarter"]
    keep: Literal["members", "summary"]
    results: NotRequired[str]
    observables: NotRequired[dict[str, dict[str, Any]]]
    layer: NotRequired[str]
    series: NotRequired[dict[str, dict[str, Any]]]
    scenarios: Annotated[dict[str, str], Field(min_length=1)]
    titles: dict[str, str]
    files: dict[str, str]
    levers: dict[str, dict[str, Number]]
    chains: NotRequired[dict[str, list[str]]]
    references: NotRequired[dict[str, str]]
    changes_history: NotRequired[dict[str, list[tuple[str, str]]]]
    varied: NotRequired[dict[str, dict[str, Number]]]
    settings: NotRequired[dict[str, dict[str, Number | tuple[Number, Number]]]]
    spans: dict[str, tuple[Quarter, Quarter]]
    events: dict[str, list[StoredEvent]]
    colours: NotRequired[dict[str, Colour]]
    draws_repeat: NotRequired[bool]
    blocks_in_all: Count


class StoredBlock(TypedDict):
    """A block that is done."""

    hash: str
    seconds: float
    writing: NotRequired[float]
    starts: NotRequired[dict[str, dict[str, Whole]]]


class StartRecord(TypedDict, total=False):
    """When, where and how a batch was started."""

    created: str
    command: str
    versions: dict[str, str]
    folder: str
    given: dict[str, str]
    code: str


class StoredManifest(TypedDict):
    """A manifest as JSON."""

    request: StoredRequest
    blocks: dict[str, StoredBlock]
    failures: dict[str, str]
    about: StartRecord
    sums: NotRequired[dict[str, str]]


@lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[StoredManifest]:
    return TypeAdapter(StoredManifest)


def check_manifest(data: Mapping[str, Any]) -> None:
    """Check the parts of a manifest and that its request speaks of the same scenarios throughout.

    Raises
    ------
    ValueError
        With the first place that is not as it should be.
    """
    try:
        _adapter().validate_python(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the whole"
        raise ValueError(f"{place}: {first['msg'][:1].lower()}{first['msg'][1:]}") from None
    request = data["request"]
    for key in ("titles", "files", "levers", "spans", "events"):
        missing = [name for name in request["scenarios"] if name not in request[key]]
        if missing:
            raise ValueError(f"request.{key}: has no '{missing[0]}'")
