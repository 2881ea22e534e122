"""TwiML documents: read strictly, into plain verbs.

What Twilio would refuse raises `TwimlError` with Twilio's code; what it would only complain about is a warning of the document.
https://www.twilio.com/docs/voice/twiml and https://www.twilio.com/docs/messaging/twiml
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

from bridge.simulator.errors import CustomerError
from bridge.simulator.verbs import Dial, Gather, Hangup, Message, Number, Pause, Play, Redirect, Reject, Say, Verb

PARSE_FAILED, WRONG_ROOT, SCHEMA, CONTENT_TYPE = 12100, 12102, 12200, 12300

SPEAKABLE = {"break", "emphasis", "lang", "p", "phoneme", "prosody", "s", "say-as", "sub", "w"}  # SSML within Say
METHODS = ("GET", "POST")
MOST_HINTS, LONGEST_HINT = 500, 100
LONGEST_SAY = 4096  # characters


class TwimlError(CustomerError):
    """A document that Twilio would not carry out."""


Reader = Callable[["_Element"], Verb]


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
    root = _Element(_tree(body), document.warnings)
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


class _Element:
    """An XML element, and where to complain about it."""

    def __init__(self, element: ET.Element, warnings: list[str]) -> None:
        self._element, self._warnings = element, warnings
        self.name = element.tag
        self.children = [_Element(child, warnings) for child in element if isinstance(child.tag, str)]

    def warn(self, reason: str) -> None:
        self._warnings.append(reason)

    def knows(self, attributes: str = "") -> None:
        """Warn of every attribute that is not one of these words."""
        for name in self._element.attrib:
            if name not in attributes.split() and not name.startswith("{"):
                self.warn(f"unknown attribute {name} of <{self.name}>")

    def only_elements(self) -> None:
        """Warn of text where only elements belong."""
        texts = [self._element.text, *(child.tail for child in self._element)]
        if any(text and text.strip() for text in texts):
            self.warn(f"text directly within <{self.name}>")

    def childless(self) -> None:
        for child in self.children:
            self.warn(f"<{child.name}> within <{self.name}>")

    def get(self, name: str, default: str = "") -> str:
        return self._element.get(name, default)

    def text(self) -> str:
        return " ".join("".join(self._element.itertext()).split())

    def raw(self) -> str:
        return "".join(self._element.itertext())

    def one_of(self, name: str, allowed: tuple[str, ...], default: str, code: int) -> str:
        value = self.get(name, default)
        match = next((each for each in allowed if each.lower() == value.lower()), None)
        if match is None:
            raise TwimlError(code, f"<{self.name}>: invalid {name} value {value!r}")
        return match

    def whole(self, name: str, default: int, code: int, low: int = 0, high: int = 14400) -> int:
        value = self.get(name, str(default))
        if not (value.isascii() and value.isdigit() and low <= int(value) <= high):
            raise TwimlError(code, f"<{self.name}>: invalid {name} value {value!r}")
        return int(value)

    def events(self) -> tuple[str, ...]:
        return tuple(self.get("statusCallbackEvent", "completed").split())


def _say(say: _Element) -> Say:
    say.knows("voice language loop")
    say.whole("loop", 1, 13510, high=1000)
    for child in say.children:
        if child.name not in SPEAKABLE:
            child.warn(f"<{child.name}> within <Say>")
    text = say.text()
    if not text or len(text) > LONGEST_SAY:
        raise TwimlError(13520, "<Say>: the text is empty or longer than 4096 characters")
    return Say(text)


def _play(play: _Element) -> Play:
    play.knows("loop digits")
    play.childless()
    play.whole("loop", 1, 13410, high=1000)
    if not play.text() and not play.get("digits"):
        raise TwimlError(11100, "<Play>: no URL")
    return Play(play.text())


def _pause(pause: _Element) -> Pause:
    pause.knows("length")
    pause.childless()
    return Pause(pause.whole("length", 1, 13910, low=1))


NESTED: dict[str, Callable[[_Element], Say | Play | Pause]] = {"Say": _say, "Play": _play, "Pause": _pause}

GATHER = """action actionOnEmptyResult bargeIn debug dtmfDetection enhanced finishOnKey hints input language maxSpeechTime
method numDigits partialResultCallback partialResultCallbackMethod profanityFilter speechModel speechTimeout timeout"""


def _gather(gather: _Element) -> Gather:
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
        on_empty=gather.one_of("actionOnEmptyResult", ("true", "false"), "false", SCHEMA) == "true",
        nested=tuple(NESTED[child.name](child) for child in gather.children),
    )


def _check_speech(gather: _Element) -> None:
    """Limits of hints: https://www.twilio.com/docs/voice/twiml/gather#hints."""
    hints = [hint for hint in gather.get("hints").split(",") if hint.strip()]
    if len(hints) > MOST_HINTS or any(len(hint.strip()) > LONGEST_HINT for hint in hints):
        raise TwimlError(SCHEMA, "<Gather>: more than 500 hints, or one longer than 100 characters")
    if gather.get("speechTimeout", "auto") != "auto":
        gather.whole("speechTimeout", 1, 13313, low=1)


def _redirect(redirect: _Element) -> Redirect:
    redirect.knows("method")
    redirect.childless()
    return Redirect(redirect.text(), redirect.one_of("method", METHODS, "POST", 13710))


DIAL = """action answerOnBridge callerId events hangupOnStar method record recordingStatusCallback recordingStatusCallbackEvent
recordingStatusCallbackMethod recordingTrack referMethod referUrl ringTone sequential timeLimit timeout trim"""


def _dial(dial: _Element) -> Dial:
    dial.knows(DIAL)
    numbers = tuple(_number(child) for child in dial.children)
    if not numbers:
        numbers = (Number(dial.text()),)
    if len(numbers) > 10:
        raise TwimlError(13215, "<Dial>: more than ten numbers")
    dial.whole("timeLimit", 14400, 13216, low=1)
    return Dial(
        numbers=numbers,
        caller_id=dial.get("callerId"),
        timeout=dial.whole("timeout", 30, 13212, low=1, high=600),
        action=dial.get("action"),
        method=dial.one_of("method", METHODS, "POST", 13210),
    )


def _number(number: _Element) -> Number:
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


def _hangup(hangup: _Element) -> Hangup:
    hangup.knows()
    hangup.childless()
    return Hangup()


def _reject(reject: _Element) -> Reject:
    reject.knows("reason")
    return Reject(reject.one_of("reason", ("rejected", "busy"), "rejected", SCHEMA))


def _message(message: _Element) -> Message:
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
    "Hangup": _hangup,
    "Reject": _reject,
}
MESSAGING: dict[str, Reader] = {"Message": _message, "Redirect": _redirect}
