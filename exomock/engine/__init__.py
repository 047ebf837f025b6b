"""The use cases: everything a client or a clock can make an exomock do."""

from exomock.engine.agenda import Agenda
from exomock.engine.engine import Engine, NewAccount
from exomock.engine.world import World

__all__ = ["Agenda", "Engine", "NewAccount", "World"]
