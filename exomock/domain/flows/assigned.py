"""Which ExoPhone starts which flow: a flow says so, or the account's ExoPhone does."""

from collections.abc import Iterable
from dataclasses import replace

from exomock.domain.exophone import ExoPhone
from exomock.domain.flows.steps import Flows


def with_exophones(flows: Flows, exophones: Iterable[ExoPhone]) -> Flows:
    """
    The flows, with the ExoPhones that the account assigns to them.

    Args:
        flows: Of a scenario; a flow that names its ExoPhone keeps it.
        exophones: The account's.
    """
    starts: dict[str, str] = {}
    for each in exophones:
        if each.flow is not None:
            starts.setdefault(each.flow, each.number)
    if not starts.keys() & flows.keys():
        return flows
    return {
        app: flow if flow.exophone else replace(flow, exophone=starts.get(app))
        for app, flow in flows.items()
    }


def started_by(flows: Flows, exophone: ExoPhone) -> Flows:
    """
    The flows as a call to one ExoPhone finds them: the one that it is assigned to starts.

    Args:
        flows: Of a scenario.
        exophone: The ExoPhone as it is now; with no flow of its own the scenario's words hold.
    """
    mine, number = exophone.flow, exophone.number
    if mine is None or mine not in flows:
        return flows
    others = {
        app: replace(flow, exophone=None)
        for app, flow in flows.items()
        if flow.exophone == number and app != mine
    }
    return {**flows, **others, mine: replace(flows[mine], exophone=number)}
