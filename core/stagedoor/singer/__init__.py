"""What our taps and targets have in common on the SDK's classes."""
