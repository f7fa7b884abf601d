"""The portal's state, in one SQLite file."""
