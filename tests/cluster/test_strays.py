"""A connection ends after a few hops to one worker, and never where they go to several."""

from exomock.forwarding.strays import ENOUGH, Strays


def ended(answered_by):
    """After how many requests a connection would end; None if it would not."""
    strays = Strays()
    for number, process in enumerate(answered_by, 1):
        if process is not None and strays.enough("client", process):
            return number
        strays.note("client", process)
    return None


def test_hops_to_one_worker_end_it():
    """The first requests may be answered here or by another one."""
    assert ENOUGH + 2 == ended([None, 3] + [2] * ENOUGH * 2)


def test_hops_to_several_workers_do_not():
    """However many workers there are: no other worker would save such a client its hops."""
    assert ended([2, 3, 4] * ENOUGH) is None


def test_an_answer_of_its_own_begins_the_count_anew():
    """A client of two workers by turns keeps its connection."""
    assert ended(([2] * (ENOUGH - 1) + [None]) * 3) is None
