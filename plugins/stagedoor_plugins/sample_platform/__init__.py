"""A ticketing platform made up by a seeded generator, as messy as real ones."""
