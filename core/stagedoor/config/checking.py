"""One sentence for all that is wrong with settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from stagedoor.errors import Misconfigured

M = TypeVar("M", bound=BaseModel)


def checked(model: type[M], owner: str, values: Mapping[str, Any], *within: str) -> M:
    """Return the settings of `owner` from `values`, over the environment where `model` reads it.

    `within` names the setting that `values` are part of.

    Raises:
        Misconfigured: Naming each wrong setting and what it should be.
    """
    try:
        return model(**values)
    except ValidationError as error:
        wrong = "; ".join(
            f"`{'.'.join((*within, *map(str, item['loc'])))}`: {item['msg']}"
            for item in error.errors()
        )
        raise Misconfigured(f"Settings of {owner} are wrong: {wrong}.") from error
