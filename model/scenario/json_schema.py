"""The JSON schema of scenario files, made from their models, for editors that complete."""

from __future__ import annotations

import json
import re
from typing import Any

from steppe.model.core.cast import Cast, default_cast
from steppe.model.parameters.table import TABLE

from .memberships import shipped_institutions
from .schema import ScenarioFile

TITLE = "Steppe scenario"


def schema_text() -> str:
    """Return the text of the schema, with actors, parameters and organisations enumerated."""
    return json.dumps(scenario_schema(default_cast()), indent=1, ensure_ascii=False) + "\n"


def scenario_schema(cast: Cast) -> dict[str, Any]:
    """Return the schema. It accepts actors, organisations and parameters that a file adds."""
    schema: dict[str, Any] = _clean(ScenarioFile.model_json_schema(by_alias=True))
    definitions = schema["$defs"]
    definitions.pop("UnknownEffect", None)
    for kind in cast.kinds:
        definitions[f"a {kind}"] = {
            "anyOf": [
                {"enum": _spellings(cast, kind), "description": f"a {kind} of the cast"},
                {"type": "string", "description": f"a {kind} that this file adds under `cast`"},
            ]
        }
    institution = definitions["Membership"]["properties"]["institution"]
    definitions["Membership"]["properties"]["institution"] = {
        "description": institution.pop("description"),
        "anyOf": [{"enum": list(shipped_institutions())}, institution],
    }
    schema["properties"]["parameters"] = _parameters(schema["properties"]["parameters"], cast)
    schema["properties"]["title"].pop("default", None)
    schema.update(
        {"$schema": "http://json-schema.org/draft-07/schema#", "title": TITLE, "required": []}
    )
    return schema


def _spellings(cast: Cast, kind: str) -> list[str]:
    return [
        word for actor in cast.actors(kind) for word in (actor.name, actor.code, *actor.aliases)
    ]


def _clean(node: Any) -> Any:
    """Put references in the place of actors; drop placeholders and generated titles."""
    if isinstance(node, list):
        return [
            _clean(item)
            for item in node
            if not (isinstance(item, dict) and item.get("$ref") == "#/$defs/UnknownEffect")
        ]
    if not isinstance(node, dict):
        return node
    if "steppe:actor" in node:
        return {"$ref": f"#/$defs/a {node['steppe:actor']}"}
    node = {key: value for key, value in node.items() if key != "discriminator"}
    if node.get("type") == "object" or "properties" in node:
        node.pop("title", None)
    result = {}
    for key, value in node.items():
        if key == "title" and isinstance(value, str):
            continue
        result[key] = _clean(value)
    if "oneOf" in result:
        result["anyOf"] = result.pop("oneOf")
    return result


def _parameters(plain: dict[str, Any], cast: Cast) -> dict[str, Any]:
    """Return every parameter with its meaning, and a pattern for entries of added actors."""
    value = plain.pop("additionalProperties")
    properties = {}
    for row in TABLE:
        low, high = row.bounds
        words = f"{row.name}: {row.meaning} ({row.unit}; {low:g} to {high:g})"
        for label in dict.fromkeys((row.id, *row.labels(cast))):
            properties[label] = {"description": words, **value}
    return {
        **plain,
        "properties": properties,
        "patternProperties": {rf"^({_extendable()})\[.+\]$": value},
        "additionalProperties": False,
    }


def _extendable() -> str:
    """The parameters with an entry for each power or republic, as a pattern."""
    return "|".join(re.escape(row.id) for row in TABLE if row.per in ("power", "republic"))
