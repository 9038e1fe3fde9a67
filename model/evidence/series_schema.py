"""What the record of a series may contain: keys, types and bounds; README.md has an example."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from steppe.model.core.calendar import FIRST_YEAR
from steppe.model.core.field_types import ActorNames, StrictModel
from steppe.model.core.suggestions import UnknownNameError
from steppe.model.observables.declarations import OBSERVABLES

LAST_YEAR = 2040  # with which the shipped scenarios end
Text = Annotated[str, Field(min_length=3)]
Year = Annotated[int, Field(strict=True, ge=FIRST_YEAR, le=LAST_YEAR)]


class LeftOut(StrictModel):
    """Years of some republics that are not used, and why."""

    years: Annotated[tuple[Year, Year], Field(description="the first and the last year")]
    republics: Annotated[tuple[str, ...], ActorNames("republic")]
    reason: Text

    @model_validator(mode="after")
    def _check_order(self) -> LeftOut:
        first, last = self.years
        if first > last:
            raise ValueError(f"the years end in {last}, before they begin in {first}")
        return self


class SeriesRecord(StrictModel):
    """What is recorded of one series.

    file : the table beside the record. unit, out_of : what its values are. floor : the least
    that the source can tell, in its unit; what is below counts as much. leave_out : years that
    are not used.
    """

    observable: Annotated[str, Field(description="what is counted, as `observables.yaml` names it")]
    file: Annotated[str, Field(description="the table beside the record, .csv or .parquet")]
    unit: Annotated[
        Literal["percent", "share", "amount"], Field(description="percent, share or amount")
    ]
    out_of: Annotated[
        Literal["all", "powers"],
        Field(description="what values are parts of: all partners, or the powers alone"),
    ] = "all"
    source: Annotated[Text, Field(description="who published it, under which name")]
    release: Annotated[Text, Field(description="its version or date")]
    licence: Annotated[Text, Field(description="the terms of use")]
    processing: Annotated[Text, Field(description="what was done to it")]
    quality: Annotated[tuple[Text, ...], Field(description="what is known to be less reliable")]
    floor: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    leave_out: tuple[LeftOut, ...] = ()

    @field_validator("observable")
    @classmethod
    def _check_observable(cls, name: str, info: ValidationInfo) -> str:
        if name not in OBSERVABLES:
            error = UnknownNameError("observable", name, list(OBSERVABLES))
            raise ValueError(
                f"{error} (a series needs an observable that is declared, with channel and link)"
            )
        return name

    @field_validator("file")
    @classmethod
    def _check_file(cls, name: str) -> str:
        if not name.endswith((".csv", ".parquet")) or "/" in name or "\\" in name:
            raise ValueError(f"'{name}' is not the name of a .csv or .parquet file beside this one")
        return name

    @property
    def whole(self) -> float:
        """What all parts add up to in the unit; infinite for amounts."""
        return {"percent": 100.0, "share": 1.0, "amount": float("inf")}[self.unit]

    def leaves_out(self, republic: str, year: int) -> bool:
        """Whether a year of a republic is not used."""
        return any(
            republic in row.republics and row.years[0] <= year <= row.years[1]
            for row in self.leave_out
        )
