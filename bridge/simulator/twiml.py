"""TwiML documents: read strictly, into plain verbs.

What Twilio would refuse raises `TwimlError` with Twilio's code; what it would only complain about is a warning of the document.
https://www.twilio.com/docs/voice/twiml and https://www.twilio.com/docs/messaging/twiml
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

from bridge.simulator.elements import METHODS, SCHEMA, Element
from bridge.simulator.errors import TwimlError
from bridge.simulator.verbs import (
    Dial,
    Enqueue,
    Gather,
    Hangup,
    Leave,
    Message,
    Number,
    Pause,
    Play,
    QueueNoun,
    Redirect,
    Reject,
    Say,
    Verb,
)

PARSE_FAILED, WRONG_ROOT, CONTENT_TYPE = 12100, 12102, 12300

SPEAKABLE = {"break", "emphasis", "lang", "p", "phoneme", "prosody", "s", "say-as", "sub", "w"}  # SSML within Say
MOST_HINTS, LONGEST_HINT = 500, 100
LONGEST_SAY = 4096  # characters
LONGEST_QUEUE_NAME = 64  # characters

Reader = Callable[[Element], Verb]


@dataclass
class Document:
    """The verbs in order, and what Twilio's debugger would complain about."""

    verbs: list[Verb] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def parse_voice(body: bytes, content_type: str) -> Document:
    """A voice document; TwimlError when the caller would hear the application error."""
    return _parse(body, content_type, VOICE)


def parse_reply(body: bytes, content_type: str) -> Document:
    """The answer to an incoming text."""
    return _parse(body, content_type, MESSAGING)


def _parse(body: bytes, content_type: str, verbs: dict[str, Reader]) -> Document:
    if content_type.partition(";")[0].strip().lower() not in ("text/xml", "application/xml"):
        raise TwimlError(CONTENT_TYPE, f"invalid Content-Type {content_type!r}")
    document = Document()
    root = Element(_tree(body), document.warnings)
    root.knows()
    if root.name != "Response":
        raise TwimlError(WRONG_ROOT, f"the root element must be Response, not {root.name}")
    root.only_elements()
    for child in root.children:
        if child.name in verbs:
            document.verbs.append(verbs[child.name](child))
        else:
            child.warn(f"unknown verb <{child.name}>")
    return document


def _tree(body: bytes) -> ET.Element:
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:  # entities have no place in TwiML and can blow up
        raise TwimlError(PARSE_FAILED, "a document type is not allowed")
    try:
        return ET.fromstring(body)  # noqa: S314 - without entities and with at most 64 KB there is nothing to blow up
    except (ET.ParseError, ValueError, LookupError) as fault:
        raise TwimlError(PARSE_FAILED, f"document parse failure: {fault}") from fault


def _say(say: Element) -> Say:
    say.knows("voice language loop")
    say.whole("loop", 1, 13510, high=1000)
    for child in say.children:
        if child.name not in SPEAKABLE:
            child.warn(f"<{child.name}> within <Say>")
    text = say.text()
    if not text or len(text) > LONGEST_SAY:
        raise TwimlError(13520, "<Say>: the text is empty or longer than 4096 characters")
    return Say(text)


def _play(play: Element) -> Play:
    play.knows("loop digits")
    play.childless()
    play.whole("loop", 1, 13410, high=1000)
    if not play.text() and not play.get("digits"):
        raise TwimlError(11100, "<Play>: no URL")
    return Play(play.text())


def _pause(pause: Element) -> Pause:
    pause.knows("length")
    pause.childless()
    return Pause(pause.whole("length", 1, 13910, low=1))


NESTED: dict[str, Callable[[Element], Say | Play | Pause]] = {"Say": _say, "Play": _play, "Pause": _pause}

GATHER = """action actionOnEmptyResult bargeIn debug dtmfDetection enhanced finishOnKey hints input language maxSpeechTime
method numDigits partialResultCallback partialResultCallbackMethod profanityFilter speechModel speechTimeout timeout"""


def _gather(gather: Element) -> Gather:
    gather.knows(GATHER)
    gather.only_elements()
    for child in gather.children:
        if child.name not in NESTED:
            raise TwimlError(13320, f"<Gather>: invalid nested verb <{child.name}>")
    inputs = gather.get("input", "dtmf").split()
    if not inputs or set(inputs) - {"dtmf", "speech"}:
        raise TwimlError(SCHEMA, f"<Gather>: invalid input {gather.get('input')!r}")
    finish_on = gather.get("finishOnKey", "#")
    if len(finish_on) > 1 or finish_on not in "0123456789*#":
        raise TwimlError(13310, f"<Gather>: invalid finishOnKey value {finish_on!r}")
    _check_speech(gather)
    return Gather(
        inputs=frozenset(inputs),
        digits=gather.whole("numDigits", 1, 13314, low=1) if gather.get("numDigits") else None,
        finish_on=finish_on,
        timeout=5 if gather.get("timeout") == "auto" else gather.whole("timeout", 5, 13313, low=1),
        action=gather.get("action"),
        method=gather.one_of("method", METHODS, "POST", 13312),
        on_empty=gather.flag("actionOnEmptyResult", SCHEMA),
        nested=tuple(NESTED[child.name](child) for child in gather.children),
    )


def _check_speech(gather: Element) -> None:
    """Limits of hints: https://www.twilio.com/docs/voice/twiml/gather#hints."""
    hints = [hint for hint in gather.get("hints").split(",") if hint.strip()]
    if len(hints) > MOST_HINTS or any(len(hint.strip()) > LONGEST_HINT for hint in hints):
        raise TwimlError(SCHEMA, "<Gather>: more than 500 hints, or one longer than 100 characters")
    if gather.get("speechTimeout", "auto") != "auto":
        gather.whole("speechTimeout", 1, 13313, low=1)


def _redirect(redirect: Element) -> Redirect:
    redirect.knows("method")
    redirect.childless()
    return Redirect(redirect.text(), redirect.one_of("method", METHODS, "POST", 13710))


DIAL = """action answerOnBridge callerId events hangupOnStar method record recordingStatusCallback recordingStatusCallbackEvent
recordingStatusCallbackMethod recordingTrack referMethod referUrl ringTone sequential timeLimit timeout trim"""


def _dial(dial: Element) -> Dial:
    dial.knows(DIAL)
    queue = _queue(dial.children[0]) if [child.name for child in dial.children] == ["Queue"] else None
    numbers = () if queue else tuple(_number(child) for child in dial.children) or (Number(dial.text()),)
    if len(numbers) > 10:
        raise TwimlError(13215, "<Dial>: more than ten numbers")
    return Dial(
        numbers=numbers,
        queue=queue,
        caller_id=dial.get("callerId"),
        timeout=dial.whole("timeout", 30, 13212, low=1, high=600),
        action=dial.get("action"),
        method=dial.one_of("method", METHODS, "POST", 13210),
        time_limit=dial.whole("timeLimit", 14400, 13216, low=1),
        hangup_on_star=dial.flag("hangupOnStar", 13213),
        answer_on_bridge=dial.flag("answerOnBridge", SCHEMA),
    )


def _number(number: Element) -> Number:
    if number.name != "Number":
        raise TwimlError(13215, f"<Dial>: <{number.name}> is not known to this carrier")
    number.knows("url method statusCallback statusCallbackMethod statusCallbackEvent sendDigits")
    return Number(
        number=number.text(),
        url=number.get("url"),
        method=number.one_of("method", METHODS, "POST", 13221),
        status_callback=number.get("statusCallback"),
        status_method=number.one_of("statusCallbackMethod", METHODS, "POST", 13221),
        events=number.events(),
    )


def _queue(queue: Element) -> QueueNoun:
    queue.knows("url method reservationSid postWorkActivitySid")
    return QueueNoun(
        name=queue.short_text(LONGEST_QUEUE_NAME, 14212, 14213),
        url=queue.get("url"),
        method=queue.one_of("method", METHODS, "POST", 14210),
    )


def _enqueue(enqueue: Element) -> Enqueue:
    enqueue.knows("action method waitUrl waitUrlMethod")
    enqueue.childless()
    return Enqueue(
        name=enqueue.short_text(LONGEST_QUEUE_NAME, 14204, 14205),
        action=enqueue.get("action"),
        method=enqueue.one_of("method", METHODS, "POST", 14201),
        wait_url=enqueue.get("waitUrl"),
        wait_method=enqueue.one_of("waitUrlMethod", METHODS, "POST", 14206),
    )


def _leave(leave: Element) -> Leave:
    leave.knows()
    leave.childless()
    return Leave()


def _hangup(hangup: Element) -> Hangup:
    hangup.knows()
    hangup.childless()
    return Hangup()


def _reject(reject: Element) -> Reject:
    reject.knows("reason")
    return Reject(reject.one_of("reason", ("rejected", "busy"), "rejected", SCHEMA))


def _message(message: Element) -> Message:
    message.knows("to from action method statusCallback")
    bodies = [child.raw() for child in message.children if child.name == "Body"]
    body = "".join(bodies) if bodies else message.raw()
    if not body.strip() or len(body) > 1600:
        raise TwimlError(14103, "<Message>: the body is empty or longer than 1600 characters")
    return Message(body, message.get("to"), message.get("from"), message.get("statusCallback"))


VOICE: dict[str, Reader] = {
    "Say": _say,
    "Play": _play,
    "Pause": _pause,
    "Gather": _gather,
    "Redirect": _redirect,
    "Dial": _dial,
    "Enqueue": _enqueue,
    "Leave": _leave,
    "Hangup": _hangup,
    "Reject": _reject,
}
MESSAGING: dict[str, Reader] = {"Message": _message, "Redirect": _redirect}
