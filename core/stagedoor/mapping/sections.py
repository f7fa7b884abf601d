"""Sections of the mapping document beside `objects`: pipelines, associations, life cycle."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import Field, model_validator

from stagedoor.mapping.strict import Strict


class Stage(Strict):
    """One stage of a pipeline that the document declares."""

    label: str = Field(min_length=1, description="What people read in HubSpot.")
    probability: float | None = Field(
        None, ge=0, le=1, description="Of deals: 1 is won, 0 is lost, what is between is open."
    )
    state: Literal["open", "closed"] | None = Field(
        None, description="Of tickets; open if it is left out."
    )
    order: int | None = Field(None, description="Place among the stages; else as written.")


class Pipeline(Strict):
    """One pipeline that is made in HubSpot when it is missing there."""

    label: str = Field(min_length=1, description="What people read in HubSpot.")
    stages: dict[str, Stage] = Field(min_length=1, description="Its stages, by name.")
    order: int | None = Field(None, description="Place among the pipelines.")

    def in_order(self) -> list[tuple[str, Stage]]:
        """Return the stages, by name, as they stand beside each other."""
        written = enumerate(self.stages.items())
        placed = sorted(written, key=lambda n: n[0] if n[1][1].order is None else n[1][1].order)
        return [entry for _, entry in placed]


Pipelines: TypeAlias = dict[str, dict[str, Pipeline]]
"""Declared pipelines by HubSpot's object type and our name."""


def check_pipelines(pipelines: Pipelines) -> Pipelines:
    """Return pipelines whose stages have what HubSpot needs of their object type.

    Raises:
        ValueError: Naming the stage that has not.
    """
    for object_type, declared in pipelines.items():
        for name, pipeline in declared.items():
            for stage_name, stage in pipeline.stages.items():
                where = f"{object_type}.{name}.{stage_name}"
                if object_type == "deals" and stage.probability is None:
                    raise ValueError(f"{where}: a stage of deals needs a `probability` from 0 to 1")
                if object_type != "deals" and stage.probability is not None:
                    raise ValueError(f"{where}: only stages of deals have a `probability`")
                if object_type != "tickets" and stage.state is not None:
                    raise ValueError(f"{where}: only stages of tickets have a `state`")
    return pipelines


class Association(Strict):
    """One kind of association: a shipped one under another label, or one of the user's own."""

    from_: str | None = Field(None, alias="from", description="Entry of `objects` it begins at.")
    to: str | None = Field(None, description="Entry of `objects` it leads to.")
    sql: str | None = Field(None, description="SELECT `from_key`, `to_key`.")
    label: str | None = Field(
        None, min_length=1, max_length=50, description="Label; made in HubSpot when missing."
    )
    inverse_label: str | None = Field(
        None, min_length=1, max_length=50, description="Label seen from the other end."
    )

    @model_validator(mode="after")
    def _is_whole(self) -> Association:
        given = [name for name in ("from_", "to", "sql") if getattr(self, name) is not None]
        if given and len(given) < 3:
            raise ValueError("one of your own needs `from`, `to` and `sql`")
        if self.inverse_label is not None and self.label is None:
            raise ValueError("`inverse_label` needs a `label`")
        return self


_RULES: dict[str, str | bool] = {
    "lead": True,
    "customer": "orders_bought >= 1",
    "evangelist": "orders_bought >= 10",
}


class Lifecycle(Strict):
    """Rules that move contacts forward through HubSpot's life cycle."""

    stages: dict[str, str | bool] = Field(
        _RULES,
        min_length=1,
        description="Stage, and the SQL condition on a person's metrics from which on it holds.",
    )
