"""Scenario files: from YAML on disk to the exchange's own values."""

from exomock.scenarios.parts import kept_words, read_fault, read_next, read_overlay, read_script
from exomock.scenarios.reading import (
    files_of,
    mistakes_in,
    read_given,
    read_scenario,
    read_scenarios,
    shipped,
    stories,
)
from exomock.scenarios.source import Mistake, ScenarioError, yaml_of

__all__ = [
    "Mistake",
    "ScenarioError",
    "files_of",
    "kept_words",
    "mistakes_in",
    "read_fault",
    "read_given",
    "read_next",
    "read_overlay",
    "read_scenario",
    "read_scenarios",
    "read_script",
    "shipped",
    "stories",
    "yaml_of",
]
