"""What a test decides of an account beforehand: its scenario, fates, faults and twists."""

from typing import Any
from urllib.parse import quote

from exomock.client import given
from exomock.client.records import Fault, Overlay
from exomock.client.watched import Watched


class Deciding(Watched):
    """An account of which it is said what will become of its calls."""

    def next(self, **words: Any) -> int:
        """
        Lay down what becomes of the next calls, or of the next messages.

        Args:
            words: Those of a rule, and `calls` or `messages`: `next(leg2="busy", calls=2)`,
                `next(messages=1, outcome="dnd")`.

        Returns:
            How many fates wait.

        Raises:
            ValueError: A word is wrong.
        """
        return int(self.control("POST", "/next", words)["waiting"])

    def scenario(self, scenario: given.Scenario | None) -> None:
        """
        Give the account a scenario for the calls that are placed from now on.

        Args:
            scenario: A path, YAML text, a dict, the name of a shipped one; None is the server's.

        Raises:
            TypeError: It is of another type.
            ValueError: It is wrong, or not there.
        """
        found = None if scenario is None else given.scenario(scenario)
        self.control("PUT", "/scenario", found.encode() if isinstance(found, str) else found)

    def fault(self, answer: Any = None, *, times: int | None = None, **words: Any) -> Fault:
        """
        Let the v1 API fail, until the fault is spent or lifted.

        Args:
            answer: What it answers instead, as "service-unavailable" or `{"truncate": "60%"}`; None
                is the right answer, for a fault that has a `delay`.
            times: How often; None is until it is lifted.
            words: Those of a scenario's faults, as `when={"method": "POST"}` and `delay="20s"`.

        Raises:
            ValueError: A word is wrong.
        """
        said = {"answer": answer, "times": times}
        asked = words | {name: value for name, value in said.items() if value is not None}
        return Fault.of(self.control("POST", "/faults", asked))

    def lift(self, fault: Fault | str | None = None) -> None:
        """Lift a fault, or all."""
        found = fault.id if isinstance(fault, Fault) else fault
        self.control("DELETE", "/faults" if found is None else f"/faults/{quote(found, safe='')}")

    def twist(self, *, times: int | None = None, when: Any = None, **callbacks: Any) -> Overlay:
        """
        Let the callbacks of calls that are placed from now on misbehave, whatever decides them.

        Args:
            times: Of how many calls; None is until it is lifted.
            when: Of which calls, as a rule says it: `{"to": "0981*", "every_nth": 2}`.
            callbacks: Those of a rule's `callbacks`, as `delay="20s"` and `drop=True`.

        Raises:
            ValueError: A word is wrong.
        """
        said = {"callbacks": callbacks, "times": times, "when": when}
        asked = {name: value for name, value in said.items() if value is not None}
        return Overlay.of(self.control("POST", "/twists", asked))

    def straighten(self, twist: Overlay | str | None = None) -> None:
        """Lift a twist, or all; calls that are placed already keep theirs."""
        found = twist.id if isinstance(twist, Overlay) else twist
        self.control("DELETE", "/twists" if found is None else f"/twists/{quote(found, safe='')}")
