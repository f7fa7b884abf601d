"""What the page about the way in says, beside what the tap says."""

from __future__ import annotations

import json
import re

from docs.generate import DOCS
from stagedoor.hubspot.records import object_schema
from tap_hubspot.streams import PortalStream

TEXT = (DOCS / "inbound.md").read_text()


def test_the_example_of_a_record_has_a_record_s_fields() -> None:
    (example,) = re.findall(r"```json\n(.*?)\n```", TEXT, re.DOTALL)
    fields = object_schema((), times=False)["properties"]
    assert [*json.loads(example)] == [*fields]


def test_the_page_tells_how_often_state_leaves() -> None:
    assert f"STATE leaves every {PortalStream.STATE_MSG_FREQUENCY:,} records" in TEXT
