"""Schema: what HubSpot lacks of the mapping's properties, pipelines, labels and events."""

from __future__ import annotations

from starlette.responses import Response

from stagedoor_service.application.schema_plan import apply_schema, schema_plan
from stagedoor_service.web.console.pages import pages
from stagedoor_service.web.console.visitors import Fields, Mapper, Reader, go

router = pages()


@router.get("/schema")
def show(visitor: Reader) -> Response:
    """Show what would be made, and what stands in the way."""
    return visitor.page("schema.html", plan=schema_plan(visitor.office, visitor.portal))


@router.post("/schema")
def make(visitor: Mapper, _fields: Fields) -> Response:
    """Make what HubSpot lacks."""
    apply_schema(visitor.office, visitor.portal)
    return go("/schema?done=made")
