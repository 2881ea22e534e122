"""The line at the carrier: whether calls and texts come to us, and elsewhere while we are down; and what the carrier keeps."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from urllib3 import PoolManager
from urllib3.exceptions import HTTPError

from bridge.carrier import down
from bridge.carrier.account import AccountReader, Hook, Number
from bridge.core.errors import CarrierBusy, CarrierRefused
from bridge.core.rota import DISPATCH
from bridge.doctor.findings import Found, bad, by_hand, good, odd
from bridge.doctor.here import WITHIN
from bridge.settings import MAIN, Account, Settings

LARGEST = 100_000  # bytes of a fallback document
DAY = 24 * 3600.0  # seconds: nothing of a caller is to live longer
WHERE = "set it at the number, in the carrier's console"

# What no API of Twilio's tells, or that is nobody's business but a person's.
BY_HAND = (
    ("the account", "it serves this line alone, and whoever can log in to it has a second factor"),
    (
        "the inspector",
        "PCI mode for voice is on, so that the logs of webhooks, kept for thirty days, show no number and no words",
    ),
    ("recording", "no call recording, transcription or voice intelligence is switched on anywhere in the account"),
    ("geography", "calls and texts are permitted to the United States only (Voice and Messaging: Geo permissions)"),
    ("verification", "the number is verified for toll-free messaging: else every text fails with 30032"),
    ("the tokens", "the account's token was made anew within the last year, and whenever somebody left who knew it"),
    ("backups", "the store's backups are kept for as short as they can be, and apart from BRIDGE_SEAL_KEYS"),
    ("a call", "somebody calls the line once a week, unannounced, and presses 0 once: dispatch rings"),
)


def accounts(settings: Settings, now: float) -> Iterator[Found]:
    """Every account, and what a person has to look at. `now` is seconds, UTC."""
    for account in settings.accounts:
        about = "carrier" if account.name == MAIN else f"carrier {account.name}"
        try:
            yield from _account(settings, account, about, now)
        except (CarrierBusy, CarrierRefused) as error:
            yield bad(
                about, f"it was not told ({_why(error)})", "look at the account, its token, and the network to the carrier"
            )
    if settings.second_token:
        yield odd("carrier", "TWILIO_AUTH_TOKEN_SECONDARY is set", "take it out when the tokens have been rotated")
    for about, said in BY_HAND:
        yield by_hand(about, said)


def _account(settings: Settings, account: Account, about: str, now: float) -> Iterator[Found]:
    reader = AccountReader(account.sid, account.tokens[0], account.line, account.base_url)
    status, kind = reader.standing()
    if status != "active":
        yield bad(about, f"the account is {status}", "look into the carrier's console")
    elif kind == "Trial":
        yield bad(about, "the account is on trial: it reaches verified numbers only", "upgrade it")
    else:
        yield good(about, "the account is active")
    number = reader.number()
    if number is None:
        yield bad(
            about, "the account has no such number as the line's", "look at BRIDGE_LINE_NUMBER, or at `line` in policy.toml"
        )
    else:
        yield from _number(settings, account, number, about)
    yield from _kept(settings, reader, about, now)


def _number(settings: Settings, account: Account, number: Number, about: str) -> Iterator[Found]:
    ours = settings.public_url
    wrong = [
        *_asked("a call comes in", number.voice, f"{ours}/voice"),
        *_asked("a text comes in", number.sms, f"{ours}/sms"),
        *_asked("call status changes", number.ended, f"{ours}/voice/ended"),
        *(f"{each} is set, and takes what should come to us" for each in number.elsewhere),
        *(f"it has no {each}" for each in number.lacks),
        *(["callers' names are looked up, which tells another company who calls"] if number.lookup else []),
    ]
    for each in wrong:
        yield bad(about, f"the number: {each}", WHERE)
    if not wrong:
        yield good(about, "the number: calls, texts and ends of calls come to us, and no name is looked up")
    yield _fallback(settings, number.voice_fallback, down.for_calls(settings, account), f"{about}, calls while we are down")
    yield _fallback(settings, number.sms_fallback, down.for_texts(settings), f"{about}, texts while we are down")


def _asked(when: str, hook: Hook, wanted: str) -> Iterator[str]:
    """What is set is not shown: it may hold a password."""
    if hook.url != wanted:
        yield f"when {when}, the carrier asks {'somebody else' if hook.url else 'nobody'}, and not {wanted}"
    elif hook.method != "POST":
        yield f"when {when}, it asks by {hook.method}, and not by POST: numbers would stand in addresses"


def _fallback(settings: Settings, hook: Hook, document: str, about: str) -> Found:
    make = f"serve what `bridge fallback-twiml{'' if '<Dial' in document else ' --sms'}` prints elsewhere, and set it (GET)"
    if not hook.url:
        return bad(about, "there is no fallback address: callers hear an error of the carrier's", make)
    if urlsplit(hook.url).hostname == urlsplit(settings.public_url).hostname:
        return bad(about, "the fallback address is ours: nobody answers there while we are down", make)
    if not hook.url.startswith("https:"):
        return bad(about, "the fallback address is not https: on the way others could have callers dial them", make)
    if hook.method != "GET":
        return odd(about, "the fallback address is asked by POST, which not every server of files answers", "set GET")
    return _document(hook.url, document, settings.roster.people[DISPATCH].phone, about, make)


def _document(url: str, wanted: str, desk: str, about: str, make: str) -> Found:
    """What stands there now. Other words will do, if the desk is dialled."""
    try:
        with PoolManager(timeout=WITHIN, retries=False) as http:
            answer = http.request("GET", url, preload_content=False)
            body, status = answer.read(LARGEST), answer.status
    except HTTPError as error:
        return bad(about, f"the fallback address does not answer ({type(error).__name__})", make)
    if status != 200 or b"<Response" not in body:
        return bad(about, f"the fallback address gives no document (status {status})", make)
    if "<Dial" in wanted and desk.encode() not in body:
        return bad(about, "the fallback document does not dial the desk of roster.toml", make)
    if body.strip() != wanted.encode().strip():
        return odd(about, "the fallback document is not what we would print now", make)
    return good(about, "the fallback document is elsewhere, and up to date")


def _kept(settings: Settings, reader: AccountReader, about: str, now: float) -> Iterator[Found]:
    try:
        if reader.has_recordings():
            yield bad(about, "it holds recordings of calls", "delete them, and switch recording off")
        else:
            yield good(about, "it holds no recording")
    except CarrierRefused:
        yield odd(about, "it does not tell whether it holds recordings", "look into the carrier's console")
    listing = reader.records([settings.roster.people[DISPATCH].phone])
    old = sum(each.over and each.at is not None and each.at < now - DAY for each in listing.found)
    if old:
        yield bad(about, f"{old} of {len(listing.found)} records of the line are older than a day", "bridge privacy says why")
    else:
        yield good(about, f"{len(listing.found)} records of the line, none older than a day")


def _why(error: CarrierBusy | CarrierRefused) -> str:
    details = error.details
    return str(
        details.get("trouble") or details.get("reason") or f"status {details.get('status')}, error {details.get('code')}"
    )
