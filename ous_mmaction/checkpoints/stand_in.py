from __future__ import annotations


class StandIn:
    """Inert object in place of one that a file of other code names.

    It takes whatever the file hands to a constructor, a function or ``__setstate__`` and keeps it.
    Nothing is looked up, imported or called, numpy's functions included.

    Attributes:
        arguments (tuple): What the file passed on construction.
        state (object): What the file passed to ``__setstate__``.
    """

    def __new__(cls, *args, **kwargs) -> StandIn:
        """Accept any arguments, because ``pickle`` calls it in three ways."""
        stand_in = super().__new__(cls)
        stand_in.arguments, stand_in.state = args, None
        return stand_in

    def __init__(self, *args, **kwargs) -> None:
        pass

    def __setstate__(self, state: object) -> None:
        self.state = state
