"""Decides what to write: the difference of desired and base, and the plan that mends it."""
