"""The base of all models of a mapping document."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """Refuses entries that it does not know, and cannot be changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
