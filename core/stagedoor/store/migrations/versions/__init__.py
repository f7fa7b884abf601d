"""One file a revision, in order; what is here never changes once it was released."""
