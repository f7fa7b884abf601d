"""One mapping document per mistake: `mapping check` names its line, its reason and its remedy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from stagedoor.config import HubSpotSettings
from stagedoor.errors import Misconfigured
from stagedoor.hubspot.portal import Portal, connect
from stagedoor.plugins import load_plugins
from stagedoor.sync.mapping_check import check
from support.project import Project, running_portal

MAPPINGS = Path(__file__).parent / "mappings"
FILES = sorted(MAPPINGS.glob("*.yml"))
PLUGINS = load_plugins()
EXPECTED = re.compile(r"# line (\d+): (.+) \| (.+)")


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[HubSpotSettings, Portal]]:
    """A portal as HubSpot gives it, and settings without a replica."""
    folder = tmp_path_factory.mktemp("checked")
    with running_portal(folder / "portal.db") as running:
        settings = HubSpotSettings(
            portal_url=running.sandbox.url,
            access_token=SecretStr(running.sandbox.token),
            state_dir=folder / "state",
        )
        with connect(settings, running.sandbox.url) as connected:
            yield settings, connected


def told(settings: HubSpotSettings, portal: Portal | None, file: Path) -> list[str]:
    """Return what the command prints of a file."""
    try:
        draft = check(settings.model_copy(update={"mapping": file}), PLUGINS, portal)
    except Misconfigured as error:
        return [str(error)]
    return [draft.tell(problem) for problem in draft.problems]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_check_names_line_reason_and_remedy(
    file: Path, checked: tuple[HubSpotSettings, Portal]
) -> None:
    found = EXPECTED.fullmatch(file.read_text("utf-8").partition("\n")[0])
    assert found is not None, "the first line says what is expected"
    line, reason, remedy = found.groups()
    sentences = told(*checked, file)
    (sentence,) = [s for s in sentences if s.startswith(f"{file}:{line}:")]
    assert reason in sentence
    assert remedy in sentence
    others = 1 if "two_mistakes" in file.stem else 0
    assert len(sentences) == 1 + others, "nothing else is wrong with it"


def test_there_are_at_least_25_mistakes() -> None:
    assert len(FILES) >= 25


def test_the_command_ends_with_2_and_prints_every_problem(project: Project) -> None:
    (file,) = MAPPINGS.glob("*_two_mistakes_at_once.yml")
    done = project.stagedoor("mapping", "check", str(file), check=False)
    assert done.returncode == 2
    assert f"{file}:5:14: `objects.contacts.properties.city.from`:" in done.stdout
    assert f"{file}:6:13: `objects.contacts.properties.zip.from`:" in done.stdout
    assert done.stdout.endswith("2 problems\n")


def test_the_shipped_mapping_fits_and_a_note_is_no_problem(project: Project) -> None:
    assert "fits platform and portal" in project.stagedoor("mapping", "check").stdout
    (file,) = MAPPINGS.glob("*_stream_that_has_not_come.yml")
    assert "note: " in project.stagedoor("mapping", "check", str(file)).stdout


def test_offline_the_portal_is_left_out(project: Project) -> None:
    project.settings["TARGET_HUBSPOT_PORTAL_URL"] = "http://127.0.0.1:9"
    (file,) = MAPPINGS.glob("*_property_that_hubspot_lacks.yml")
    assert (
        "fits the platform." in project.stagedoor("mapping", "check", "--offline", str(file)).stdout
    )
