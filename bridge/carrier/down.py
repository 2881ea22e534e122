"""The documents that the carrier takes from elsewhere while the bridge itself is down."""

from bridge.carrier import twiml
from bridge.core.rota import DISPATCH
from bridge.settings import Account, Settings

SAID = ("caller.broken", "caller.down_again", "caller.down_again", "caller.down_end")


def for_calls(settings: Settings, account: Account) -> str:
    """What a caller of this account's number hears: a sentence, and the desk is dialled, which sees the line's number."""
    desk = twiml.Desk(settings.roster.people[DISPATCH].phone, settings.policy.dispatch_ring_for, account.line)
    return twiml.down([settings.wording.say(key) for key in SAID], desk)


def for_texts(settings: Settings) -> str:
    """What a coordinator reads."""
    return twiml.texts([settings.wording.say("reply.down")])
