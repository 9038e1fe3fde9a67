"""Blocks of a batch that is replaced by one that changes only some of its scenarios.

The others are the same to the last bit, as long as the code and the machine are those that
simulated them: the manifest says which these were. They stay, and are checked as in any batch
that goes on.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from steppe.experiments.storage.locations import is_address
from steppe.experiments.storage.manifest import (
    MEMBERS,
    Manifest,
    describe_differences,
    load_manifest,
)
from steppe.experiments.storage.zarr_store import delete_blocks
from steppe.model.core.disk_cache import code_hash, hash_files
from steppe.model.core.errors import RequestError

from .batch_request import Request

HERE = Path(__file__).parent
FOLDERS = (HERE, HERE.parent / "storage")  # with what makes blocks of what the model computes
LAYOUT = ("spans", "colours", "spellings")  # beside what must be the same in one batch


@cache
def made_with() -> str:
    """A hash of the code that computes and stores blocks, and of how this machine computes."""
    files = sorted(path for folder in FOLDERS for path in folder.glob("*.py"))
    return hash_files(files, code_hash()).hex()[:32] if code_hash() else ""


def keep_blocks(request: Request, folder: Path) -> dict[str, dict[str, Any]]:
    """Delete the blocks of changed scenarios in a folder; return those that stay, by their keys.

    None stay, and none are deleted, if anything else than scenarios has changed, or names.
    """
    location = request.location(folder)
    try:
        manifest = load_manifest(folder)
    except RequestError:
        return {}
    if (
        is_address(location)
        or request.store != MEMBERS
        or not _is_alike(manifest, request.as_record())
    ):
        return {}
    before = manifest.request["scenarios"]
    same = {one.name for one in request.scenarios if before[one.name] == one.fingerprint}
    kept = {key: row for key, row in manifest.blocks.items() if key.rpartition("/")[0] in same}
    if kept:
        Manifest.delete(folder)
        for index, scenario in enumerate(request.scenarios):
            if scenario.name not in same:
                delete_blocks(location, request.layout(), index)
    return kept


def _is_alike(manifest: Manifest, requested: dict[str, Any]) -> bool:
    """Whether a batch differs in its scenarios at most, and was made with the same code."""
    stored = manifest.request
    if list(stored["scenarios"]) != list(requested["scenarios"]):
        return False
    others = requested | {"scenarios": stored["scenarios"]}
    return (
        manifest.about.get("code") == made_with() != ""
        and not describe_differences(stored, others)
        and all(stored.get(key) == requested[key] for key in LAYOUT)
    )
