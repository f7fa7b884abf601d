"""Random lives on both sides, random interleavings of both jobs, and whatever can go wrong.

At rest both sides agree, no edit that one side alone made was overwritten, no run wrote anything
twice, and quiet runs write nothing. `just two-ways` runs many more sequences, and prints its seed.

A season is one state with many people; each person's life is a sequence of its own, and they share
the runs, which are what costs time.
"""

from __future__ import annotations

import os
from random import Random

from support.lives import Lives

PEOPLE = 20
SEQUENCES = int(os.environ.get("STAGEDOOR_SEQUENCES", "2000"))
SEED = int(os.environ.get("STAGEDOOR_SEED", "1"))


def season(chance: Random, steps: int) -> None:
    """Let people live through some steps, and assert what must hold at their end."""
    lives = Lives()
    try:
        for _ in range(PEOPLE):
            lives.arrive(chance)
        for _ in range(steps):
            for person in list(lives.people):
                lives.live(person, chance)
            job = chance.choice((lives.outbound, lives.inbound, lives.tap, lives.tap))
            job(chance)
        lives.rest()
        lives.check()
        lives.check_quiet()
    finally:
        lives.world.close()
