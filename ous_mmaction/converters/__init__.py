"""Checkpoints of other code, turned into ours; one module per family."""
