"""A flow drawn as text: each step, and where each of its exits leads."""

from collections.abc import Iterator

from exomock.domain.flows.steps import Applet, AppletStep, Flow
from exomock.domain.number import shown
from exomock.domain.span import NO_TIME
from exomock.rehearsal.walking import called
from exomock.rehearsal.words import span
from exomock.scenarios.ways import NEXT, ways_of


def drawn(flow: Flow) -> Iterator[str]:
    """
    A flow as text, a line each: a step, and below it its exits with the steps that they lead to.

    Args:
        flow: The flow.
    """
    started = f", started by calls to {shown(flow.exophone)}" if flow.exophone else ""
    yield f"flow {flow.app}{started}"
    width = len(str(len(flow.steps)))
    for number, step in enumerate(flow.steps, 1):
        mark = ">" if flow.first == number - 1 else " "
        yield f" {mark}{number:>{width}} {called(step)}{_said(step)}"
        for way, to in _ways(step):
            yield f"   {'':{width}} {way} -> {_target(flow, to)}"


def _ways(step: AppletStep) -> Iterator[tuple[str, int | None]]:
    """The ways on; those that lead to one step stand on one line."""
    together: dict[int | None, list[str]] = {}
    for way, to in ways_of(step):
        together.setdefault(to, []).append(way)
    for to, ways in together.items():
        yield ", ".join(ways) if ways != [NEXT] else "then", to


def _target(flow: Flow, to: int | None) -> str:
    if to is not None:
        return f"{to + 1} {called(flow.steps[to])}"
    return "hangs until somebody hangs up" if flow.hangs else "hangs up"


def _said(step: AppletStep) -> str:
    parts = [part for part in _parts(step) if part]
    return f": {'; '.join(parts)}" if parts else ""


def _parts(step: AppletStep) -> Iterator[str]:
    """What a step plays, asks, dials, and whom it tells."""
    asks = "tells" if step.asynchronous else "asks"
    yield f"'{step.prompt.text}'" if step.prompt.text else ""
    yield f"{asks} {step.prompt.url or step.url}" if step.prompt.url or step.url else ""
    yield f"else {step.fallback}" if step.fallback else ""
    yield f"answered here with {step.answer.status}" if step.answer else ""
    yield f"takes {span(step.takes)}" if step.takes != NO_TIME else ""
    yield f"dials {', '.join(step.numbers)}" if step.numbers else ""
    yield f"{step.parallel} at once" if step.parallel > 1 else ""
    yield f"tells {step.popup} of each agent" if step.popup else ""
    yield f"'{step.text}'" if step.text else ""
    yield f"goes on in flow {step.app}" if step.applet is Applet.TRANSFER else ""
