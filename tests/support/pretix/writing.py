"""Keeps changing orders until told to stop: `python -m support.pretix.writing`, from `tests`.

Standard input has the settings of an organizer, one JSON line; its end means stop. Standard
output has one line for each change.
"""

from __future__ import annotations

import json
import random
import select
import sys

from support.pretix.client import Organizer
from support.pretix.server import RunningPretix


def main() -> None:
    """Change one order after another."""
    settings = json.loads(sys.stdin.readline())
    tokens = {settings["organizer"]: settings["token"]}
    organizer = Organizer(RunningPretix(settings["url"], tokens, ""), settings["organizer"])
    orders = list(organizer.rows("/orders/", testmode="false"))
    chance = random.Random(3)
    number = 0
    while not select.select([sys.stdin], [], [], 0)[0]:
        number += 1
        order = chance.choice(orders)
        organizer.patch(
            f"/events/{order['event']}/orders/{order['code']}/",
            {"phone": f"+4073{number:07d}", "email": f"w{number}@example.com"},
        )
        print(number, flush=True)


if __name__ == "__main__":
    main()
