"""The language of scenario files: keys, types and bounds in `schema` (of effects and added actors
in `effect_schema`, `cast_schema`), rules between keys in `validate`, loading in `load`."""
