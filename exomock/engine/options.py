"""An account's options: what was said of it when it was made, else its scenario's terms."""

from exomock.domain.dialect import Dialect
from exomock.engine.world import World


def is_strict(world: World) -> bool:
    """Whether an account refuses what nobody knows Exotel to accept."""
    said = world.options.strict
    return bool(world.scenario.terms.strict if said is None else said)


def has_people(world: World) -> bool:
    """Whether people answer the telephones of calls that are placed."""
    return bool(world.options.people)


def dialect_of(world: World) -> Dialect:
    """How an account's answers are written."""
    return world.options.dialect or world.scenario.terms.dialect or Dialect.DOCUMENTED
