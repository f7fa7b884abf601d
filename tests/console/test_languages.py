"""Every text has a Romanian one, which keeps its places; people get the language they prefer."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from stagedoor_service.web.console import languages
from support.console import Person
from support.service import Service

CONSOLE = Path(languages.__file__).parent
PLACE = re.compile(r"%\((\w+)\)s")


def texts() -> set[str]:
    """Return the texts of the code, as translators' tools find them."""
    method = [("templates/**.html", "jinja2"), ("**.py", "python")]
    options = {"templates/**.html": {"extensions": "jinja2.ext.i18n"}}
    found = extract_from_dir(CONSOLE, method, options)
    return {m if isinstance(m, str) else m[0] for _, _, m, _, _ in found}


def romanian() -> Catalog:
    with (languages.FOLDER / "ro" / "LC_MESSAGES" / "console.po").open("rb") as file:
        return read_po(file, locale="ro")


def test_the_catalogue_has_every_text_and_no_other() -> None:
    assert {m.id if isinstance(m.id, str) else m.id[0] for m in romanian() if m.id} == texts()


def forms(text: str | tuple[str, ...] | list[str] | None) -> list[str]:
    """Return a text's singular and plurals."""
    return [text] if isinstance(text, str) else list(text or [""])


def test_every_text_is_translated_and_keeps_its_places() -> None:
    wrong = []
    for message in romanian():
        given, said = forms(message.id), forms(message.string)
        places = {tuple(sorted(PLACE.findall(text))) for text in given + said}
        if message.id and (not all(said) or message.fuzzy or len(places) != 1):
            wrong.append(given[0])
    assert wrong == []


def test_plurals_are_those_of_the_language() -> None:
    say = languages.language("ro").translations.ngettext
    spoken = [say("%(count)s day", "%(count)s days", n) % {"count": n} for n in (1, 2, 20)]
    assert spoken == ["1 zi", "2 zile", "20 de zile"]


@pytest.mark.parametrize(
    ("chosen", "accepted", "code"),
    [
        (None, None, "en"),
        (None, "ro-RO,ro;q=0.9,en;q=0.8", "ro"),
        (None, "fr,de;q=0.7", "en"),
        ("en", "ro", "en"),
        ("ro", "en", "ro"),
        ("xx", "ro", "ro"),
        (None, ";;,*,;q=x", "en"),
    ],
)
def test_people_get_the_language_they_prefer(
    chosen: str | None, accepted: str | None, code: str
) -> None:
    assert languages.chosen(chosen, accepted).code == code


def test_a_browser_remembers_the_language_that_was_chosen(service: Service) -> None:
    person = Person(service)
    person.sign_in(service.key)
    page = person.post("/language", language="ro", next="/runs")
    assert (page.url.path, "<h1>Rulări</h1>" in page.text) == ("/runs", True)
    assert '<html lang="ro">' in person.get("/").text
