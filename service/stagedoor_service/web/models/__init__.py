"""What routes take and answer, as pydantic models: they validate, and make the OpenAPI file."""
