"""The exits that a step of a flow has, and where each leads."""

from exomock.domain.flows.steps import Applet, AppletStep, Exit

NEXT = "next"
"""What the one way on is called of a step that has no exits."""

_EXITS: dict[Applet, tuple[Exit, ...]] = {
    Applet.GATHER: (Exit.DIGITS, Exit.NOTHING),
    Applet.MENU: (Exit.WRONG, Exit.NOTHING),
    Applet.PASSTHRU: (Exit.FIRST, Exit.SECOND),
    Applet.CONNECT: (Exit.TALKED, Exit.NOBODY, Exit.NOT_DIALLED),
    Applet.SWITCH: (Exit.OTHERWISE,),
    Applet.TIMING: (Exit.OPEN, Exit.CLOSED),
    Applet.VOICEBOT: (Exit.FAILED,),
    Applet.STREAM: (Exit.FAILED,),
}
"""The exits that are words, by applet. Source: exotel-flows.md 3 and 8."""

_GOES_ON = (Applet.VOICEBOT, Applet.STREAM)
"""Applets that go on to the next step where they take no exit: after their stream."""


def ends(step: AppletStep) -> bool:
    """Whether nothing of its flow comes after a step."""
    return step.applet in (Applet.HANGUP, Applet.TRANSFER)


def exits_of(step: AppletStep) -> tuple[str, ...]:
    """The exits of a step: those that were named first, then its words; none where it has one."""
    if step.asynchronous:
        return ()
    words = tuple(each.value for each in _EXITS.get(step.applet, ()))
    return (*(way for way in step.exits if way not in words), *words)


def ways_of(step: AppletStep) -> list[tuple[str, int | None]]:
    """Each way on from a step, and the step that it leads to; None hangs up."""
    if ends(step):
        return []
    ways = exits_of(step)
    if not ways or step.applet in _GOES_ON:
        ways = (*ways, NEXT)
    return [(way, step.leads_to(way)) for way in ways]
