"""A setting: a typed row that reads, bounds and documents itself."""

from collections.abc import Mapping
from typing import Any, Generic, Self, TypeVar, overload

from exomock.kinds import Kind, WrongValue

T = TypeVar("T")


class SaidSettings:
    """
    The settings that the command line and the environment gave.

    Args:
        said: By field name: a text, several where the option may be repeated, or a flag.
    """

    def __init__(self, said: Mapping[str, Any]) -> None:
        self.said = said


class WrongSetting(ValueError):
    """A setting's value is wrong; says which, what was found and what was expected."""


class Setting(Generic[T]):
    """
    One row: a setting, which reads itself from what was said.

    Asked of a class of settings, it is the row. Asked of an instance, it is the value that was
    said, which is read then.

    Args:
        kind: What values it takes.
        default: What holds when nothing is said, as one would write it.
        help: One sentence.
    """

    field: str
    """The setting's name in Python."""

    def __init__(self, kind: Kind[T], default: str, help: str) -> None:  # noqa: A002
        self.kind = kind
        self.default = default
        self.help = help

    def __set_name__(self, owner: type, name: str) -> None:
        """Take the name of the attribute."""
        self.field = name

    @overload
    def __get__(self, said: None, owner: type) -> Self: ...

    @overload
    def __get__(self, said: SaidSettings, owner: type) -> T: ...

    def __get__(self, said: SaidSettings | None, owner: type) -> Self | T:
        """Give the row to a class, and the value to an instance."""
        return self if said is None else self.read(said.said[self.field])

    @property
    def name(self) -> str:
        """The command-line option without its dashes."""
        return self.field.replace("_", "-")

    @property
    def variable(self) -> str:
        """The setting's environment variable."""
        return "EXOMOCK_" + self.field.upper()

    @property
    def multiple(self) -> bool:
        """Whether it may be given more than once (in the environment: separated by spaces)."""
        return self.kind.multiple

    @property
    def flag(self) -> bool:
        """Whether it is said without a value (in the environment: 1)."""
        return self.kind.flag

    @property
    def unit(self) -> str:
        """Seconds, bytes, …; empty where it has none."""
        return self.kind.unit

    @property
    def bounds(self) -> str:
        """The lowest and the highest value, for people; empty where there is no such thing."""
        return self.kind.bounds

    @property
    def unsaid(self) -> Any:
        """The text that is read when nothing was said."""
        return () if self.multiple else self.default

    @property
    def fallback(self) -> T:
        """The value when nothing was said."""
        return self.read(self.unsaid)

    def read(self, said: Any) -> T:
        """
        The value of what was said.

        Raises:
            WrongSetting: It is none.
        """
        try:
            return self.kind.read(said)
        except WrongValue as error:
            raise WrongSetting(f"--{self.name}: {error}") from None
