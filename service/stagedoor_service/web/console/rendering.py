"""Templates: everything escaped, every text in the person's language."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse, Response

from stagedoor_service.web.console.languages import NAMES, NOTHING, Language, language
from stagedoor_service.web.console.words import DONE, WORDS

HERE = Path(__file__).parent


@cache
def environment(code: str) -> Environment:
    """Return the templates in one language."""
    spoken = language(code)
    templates = Environment(
        loader=PackageLoader("stagedoor_service.web.console"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
    )
    templates.install_gettext_translations(  # type: ignore[attr-defined] # the extension adds it
        spoken.translations, newstyle=True
    )
    templates.filters.update(
        number=spoken.number,
        moment=lambda value: _moment(spoken, value),
        word=lambda value: spoken.say(WORDS[value]) if value in WORDS else value,
        told=lambda value: spoken.say(DONE[value]) if value in DONE else "",
        pretty=_pretty,
    )
    templates.globals.update(languages=NAMES, language=code)
    return templates


def _moment(spoken: Language, value: str | float | None) -> Markup:
    if value is None:
        return escape(NOTHING)
    machine = value if isinstance(value, str) else ""
    return Markup('<time datetime="{}">{}</time>').format(machine, spoken.moment(value))


def _pretty(text: str | None) -> str:
    """Return JSON with a line for each entry; what is none as it is."""
    try:
        return json.dumps(json.loads(text or ""), indent=2, ensure_ascii=False)
    except ValueError:
        return text or ""


def render(
    spoken: Language,
    template: str,
    status: int = 200,
    *,
    leads_to: str = "",
    values: Mapping[str, Any],
) -> Response:
    """Return a page; its forms may lead to `leads_to`, an origin, besides the console itself."""
    text = environment(spoken.code).get_template(template).render(values)
    policy = (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        f"connect-src 'self'; form-action 'self' {leads_to}".rstrip()
        + "; base-uri 'none'; frame-ancestors 'none'"
    )
    headers = {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "Content-Language": spoken.code,
        "Vary": "HX-Request, Accept-Language, Cookie",
    }
    return HTMLResponse(text, status, headers=headers)
