"""The numbers of a whole server, one process or all of its workers, whichever is asked."""

import os

from exomock.metrics import Now, resident
from exomock.storage.pages import count_running
from exomock.storage.store import Store
from exomock.storage.trouble import DatabaseFault


def whole_of(store: Store, url: str) -> Now:
    """
    What the living processes of a server have together.

    While the database is away, only the memory of this process is known.

    Args:
        store: The database.
        url: What the server advertises: its workers have one in common, and no other server has it.
    """
    try:
        mine = {each.id: each.pid for each in store.processes.living() if each.url == url}
        owning = store.processes.owning()
        return Now(
            count_running(store, list(mine)),
            sum(owning.get(each, 0) for each in mine),
            # This process counts without a lease too, because it has memory all the same.
            sum(resident(pid) for pid in {*mine.values(), os.getpid()}),
        )
    except DatabaseFault:
        return Now(None, None, resident())
