"""Converters of other code's checkpoints to ours, one module per family."""
