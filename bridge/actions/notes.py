"""How anything that belongs to no request is said to somebody on the roster: a notice is stored, and the outbox sends it."""

from collections.abc import Mapping

from bridge.actions.world import World
from bridge.core.ledger import Notice
from bridge.core.model import Channel, Status

Values = Mapping[str, str]


def tell(
    world: World, notice_id: str, person: str, key: str, values: Values, *, by_call: bool = True, after: float = 0.0
) -> bool:
    """Have a person (id) told the sentence `key`, once for this id, `after` so many seconds: by text, or by a call where texts
    do not reach them and `by_call` says that it is worth one. Whether it is news, and on its way."""
    known = world.roster.people.get(person)
    if known is None:
        return False
    channel = world.context.channel(known, Channel.TEXT)
    if channel is Channel.CALL and not by_call:
        return False
    return say(world, notice_id, person, key, values, channel=channel, after=after)


def say(world: World, notice_id: str, person: str, key: str, values: Values, *, channel: Channel, after: float = 0.0) -> bool:
    """The same by this channel, come what may."""
    now = world.now()
    return world.rota.create_notice(Notice(notice_id, person, channel, key, values, at=now + after, changed_at=now))


def leave_untold(world: World, notice_id: str, person: str) -> None:
    """Remember a notice as needless: nobody is sent it any more."""
    now = world.now()
    known = Notice(notice_id, person, Channel.TEXT, "", {}, at=now, status=Status.DROPPED, changed_at=now)
    world.rota.create_notice(known)
