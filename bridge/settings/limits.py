"""The form of [limits] in policy.toml: numbers with hard bounds on both sides."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from bridge.core.limits import Limits


def _between(least: int, most: int) -> AfterValidator:
    """Below the first number people are shut out, above the other one it protects nothing."""

    def check(value: int) -> int:
        if not least <= value <= most:
            raise ValueError(f"{value} is out of range; write a number from {least} to {most}")
        return value

    return AfterValidator(check)


class LimitsForm(BaseModel):
    """What is left out is as the core has it."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    calls_of_one: Annotated[int, _between(5, 1000)] = Field(default=Limits.calls_of_one, examples=["calls_of_one = 20"])
    calls_withheld: Annotated[int, _between(20, 10_000)] = Field(
        default=Limits.calls_withheld, examples=["calls_withheld = 120"]
    )
    numbers_of_one: Annotated[int, _between(2, 1000)] = Field(default=Limits.numbers_of_one, examples=["numbers_of_one = 30"])
    callers_of_one: Annotated[int, _between(2, 1000)] = Field(default=Limits.callers_of_one, examples=["callers_of_one = 6"])
    calls_in_all: Annotated[int, _between(60, 60_000)] = Field(default=Limits.calls_in_all, examples=["calls_in_all = 1500"])
    most_kept: Annotated[int, _between(300, 30_000)] = Field(default=Limits.most_kept, examples=["most_kept = 3000"])
    texts_of_one: Annotated[int, _between(10, 1000)] = Field(default=Limits.texts_of_one, examples=["texts_of_one = 30"])
    strangers_answered: Annotated[int, _between(1, 1000)] = Field(
        default=Limits.strangers_answered, examples=["strangers_answered = 20"]
    )
