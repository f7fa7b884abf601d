"""Random lives on both sides, random interleavings of both jobs, and whatever can go wrong.

At rest both sides agree, no edit that one side alone made was overwritten, and quiet runs write
nothing. A season is one state with many people; each person's life is a sequence of its own, and
they share the runs, which are what costs time. `just two-ways` runs many more, and prints its seed.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from random import Random

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from support.seasons import Season

PEOPLE = 100
SEQUENCES = int(os.environ.get("STAGEDOOR_SEQUENCES", "2000"))
SEED = int(os.environ.get("STAGEDOOR_SEED", "1"))
STEPS = 6
ACTS = (0, 0, 1, 1, 3)
"""How much a person does between two runs."""

chances = st.binary(min_size=8, max_size=8).map(Random)
lived: Counter[str] = Counter()


class Seasons(RuleBasedStateMachine):
    """People live, and jobs run, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.season = Season()
        self.failed = False

    @initialize(chance=chances)
    def people_arrive(self, chance: Random) -> None:
        for _ in range(PEOPLE):
            self.season.lives.arrive(chance)

    @rule(chance=chances)
    def at_last_the_platform_is_pushed(self, chance: Random) -> None:
        self._days(chance, self.season.outbound)

    @rule(chance=chances)
    def at_last_hubspot_is_read(self, chance: Random) -> None:
        self._days(chance, self.season.tap)

    @rule(chance=chances)
    def at_last_what_was_read_arrives(self, chance: Random) -> None:
        self._days(chance, self.season.inbound)

    def _days(self, chance: Random, last: Callable[[Random], None]) -> None:
        """Let everybody live a little before each of some jobs, the last of which is given.

        Hypothesis likes one rule again and again, which would leave out all that lies between.
        """
        season = self.season
        self.failed = True
        jobs = (season.outbound, season.tap, season.inbound)
        for job in (*chance.choices(jobs, k=chance.randrange(4)), last):
            for person in season.crowd.people:
                for _ in range(chance.choice(ACTS)):
                    season.lives.live(person, chance)
            job(chance)
        self.failed = False

    def teardown(self) -> None:
        """Let everything come to rest, and look at it."""
        season = self.season
        try:
            if season.crowd.people and not self.failed:
                season.rest()
                season.check()
                season.check_quiet()
                lived["sequences"] += len(season.crowd.people)
                lived["edits"] += season.lives.edits
        finally:
            season.world.close()


def test_both_sides_agree_at_rest_and_no_edit_of_one_side_alone_is_lost() -> None:
    run_state_machine_as_test(
        seed(SEED)(Seasons),
        settings=settings(
            max_examples=max(SEQUENCES // PEOPLE, 1),
            stateful_step_count=STEPS,
            phases=(Phase.generate,),  # a shorter one would take minutes to find, and is no clearer
            derandomize=False,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    print(f"seed {SEED}: {lived['sequences']:,} sequences, {lived['edits']:,} edits")
    assert lived["sequences"] >= SEQUENCES
    assert lived["edits"] > 2 * SEQUENCES
