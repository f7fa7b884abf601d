"""The portal's pages for a person."""
