"""What the accounts keep of the line: a record is deleted at whichever has it, and texts are discarded where that can be."""

from collections.abc import Callable, Collection, Sequence

from bridge.actions.ports import Carrier, Store
from bridge.core.errors import CarrierBusy, CarrierRefused
from bridge.core.model import Channel
from bridge.core.records import Listed, Listing

NOT_HERE = 404  # the account has no such record: deleted already, or another account's
NO_FEATURE = frozenset({30029, 30030})  # the account may not have contents discarded, or addresses obfuscated

HURRY = 3.0  # seconds after which nothing more is sent in one go: a send has to be over while its claim holds

Accounts = Sequence[tuple[str, Carrier]]


def forget(accounts: Accounts, channel: Channel, sid: str) -> None:
    """Delete it at whichever has it. Where none has it, it is gone; one that could not be asked may have it, and is raised."""
    failed = list[CarrierBusy | CarrierRefused]()
    for _, carrier in accounts:
        try:
            return carrier.forget(channel, sid)
        except (CarrierBusy, CarrierRefused) as error:
            if error.details.get("status") != NOT_HERE:
                failed.append(error)
    if failed:
        soon = (error for error in failed if isinstance(error, CarrierBusy))
        raise next(soon, failed[0])


def listed(accounts: Accounts, desks: Collection[str]) -> Listing:
    """What all of them have of the line. One that cannot be asked is a trouble of the listing."""
    found, more, troubles = list[Listed](), False, list[str]()
    for account, carrier in accounts:
        try:
            part = carrier.records(desks)
        except CarrierBusy as error:
            troubles.append(f"{account}: {error.details.get('trouble') or error.details['reason']}")
        else:
            found, more = [*found, *part.found], more or part.more
    return Listing(tuple(found), more, tuple(troubles))


def discarded(store: Store, account: str, now: Callable[[], float], send: Callable[..., str]) -> str:
    """Send what the account is to discard. One that cannot do that says so, and has taken nothing: it gets the same at once, to
    keep, and for an hour is not asked to discard. Where it took too long to say so, whoever holds the claim
    comes again in a moment: CarrierBusy."""
    began = now()
    if account in store.undiscarded(began):
        return send()
    try:
        return send(discard=True)
    except CarrierRefused as error:
        code = int(str(error.details["code"]))
        if code not in NO_FEATURE:
            raise
        store.note_undiscarded(account, code, now())
    if now() - began > HURRY:
        raise CarrierBusy(reason="it does not discard", retry_after=0.0, trouble="", sure=True)
    return send()
