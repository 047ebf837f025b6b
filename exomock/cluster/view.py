"""The cluster for an operator: the processes, and which of them plays each account."""

from typing import Any

from exomock.ist import iso
from exomock.storage.owners import Owned
from exomock.storage.processes import Process
from exomock.storage.store import Store


def view_of(store: Store, me: str, account: str | None) -> dict[str, Any]:
    """
    The processes and the owner of each account, as JSON has them.

    Args:
        store: The database.
        me: What an operator calls this process.
        account: Only this account's row; None is all.

    Raises:
        DatabaseFault: The database could not be read.
    """
    known = store.processes.all()
    owning = store.processes.owning()
    shown = {each.id: each.shown for each in known}
    if account is None:
        places = store.owners.all()
    else:
        found = store.owners.place(account)
        places = [] if found is None else [found]
    return {
        "me": me,
        "processes": [_process(each, owning.get(each.id, 0)) for each in known],
        "accounts": [_account(each, shown) for each in places],
    }


def _process(process: Process, accounts: int) -> dict[str, Any]:
    name = {"name": process.name} if process.name else {}
    return {
        "url": process.url,
        **name,
        "pid": process.pid,
        "alive": process.alive,
        "until": iso(process.until),
        "accounts": accounts,
    }


def _account(place: Owned, shown: dict[int, str]) -> dict[str, Any]:
    owner = None if place.owner is None else shown.get(place.owner)
    return {"sid": place.account, "owner": owner, "term": place.term}
