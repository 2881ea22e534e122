"""What a call or a text does next, in the carrier's markup. https://www.twilio.com/docs/voice/twiml"""

from collections.abc import Sequence
from dataclasses import dataclass

from twilio.twiml.messaging_response import MessagingResponse
from twilio.twiml.voice_response import Dial, Enqueue, Gather, VoiceResponse

from bridge.core.speech import Answer, Listen, Through

KEYPAD_PAUSE = 4  # seconds without a key after which an answer is complete, or silence
SPEECH_PAUSE = "auto"


@dataclass(frozen=True)
class Desk:
    """The dispatch desk as a caller is put through to it. `caller_id` is empty where the caller's own number is to be shown."""

    number: str
    ring_for: float
    caller_id: str = ""


@dataclass(frozen=True)
class Line:
    """How somebody is put through to a caller. `queue` is where a caller waits who has stayed on the line; `number` (E.164)
    rings otherwise, and shows `caller_id`, the number of the line. `leg_url` hears of the call to it. Durations in seconds."""

    queue: str
    number: str = ""
    caller_id: str = ""
    leg_url: str = ""
    ring_for: float = 25.0
    talk_for: float = 3600.0


def voice(
    answer: Answer, *, next_url: str = "", desk: Desk | None = None, hints: Sequence[str] = (), line: Line | None = None
) -> str:
    """An answer as TwiML. `next_url` gets what is keyed or said, or nothing where they stay silent, or how a dial or a wait
    ended. Without anything to listen for, and without anybody to dial, the call ends."""
    response = VoiceResponse()
    if answer.listen:
        _listen(response, answer, answer.listen, next_url, hints)
        return str(response)
    for sentence in answer.say:
        response.say(sentence)
    if answer.leave:
        response.leave()
    elif answer.dial and desk:
        response.append(_dial(desk, next_url))
    elif answer.through and line:
        response.append(_put_through(answer.through, line, next_url))
    else:
        response.hangup()
    return str(response)


def queued(answer: Answer, *, queue: str, wait_url: str, no_queue_url: str, next_url: str) -> str:
    """The caller waits in a queue, and hears what `wait_url` says; `next_url` hears how the waiting ended. A carrier that has
    no queues passes over the verb, and goes on at `no_queue_url`."""
    response = VoiceResponse()
    for sentence in answer.say:
        response.say(sentence)
    response.append(Enqueue(queue, wait_url=wait_url, wait_url_method="POST", action=next_url, method="POST"))
    response.redirect(no_queue_url, method="POST")
    return str(response)


def texts(bodies: Sequence[str]) -> str:
    """Answers to a text; an empty document for none."""
    response = MessagingResponse()
    for body in bodies:
        response.message(body)
    return str(response)


def down(sentences: Sequence[str], desk: Desk) -> str:
    """What a caller hears while the bridge is down, from a document that nobody computes: before each time that the desk is
    dialled one of the `sentences`, and the last one at the end. `caller_id` is a line's: a withheld number cannot be shown."""
    response = VoiceResponse()
    *before, last = sentences
    for sentence in before:
        response.say(sentence)
        dial = Dial(timeout=round(desk.ring_for), caller_id=desk.caller_id)
        dial.number(desk.number)
        response.append(dial)
    response.say(last)
    response.hangup()
    return str(response)


def _listen(response: VoiceResponse, answer: Answer, listen: Listen, next_url: str, hints: Sequence[str]) -> None:
    """Silence falls through the gather: the redirect after it asks the next question, so that nobody is hung up on."""
    gather = Gather(
        input="dtmf speech" if listen.words else "dtmf",
        num_digits=listen.keys,
        finish_on_key="#",
        timeout=listen.patience or KEYPAD_PAUSE,
        action=next_url,
        method="POST",
        **({"speech_timeout": SPEECH_PAUSE, "profanity_filter": False, "language": "en-US"} if listen.words else {}),
        **({"hints": ",".join(hints)} if listen.words and hints else {}),
    )
    for sentence in answer.say:
        gather.say(sentence)
    response.append(gather)
    response.redirect(next_url, method="POST")


def _dial(desk: Desk, next_url: str) -> Dial:
    shown = {"caller_id": desk.caller_id} if desk.caller_id else {}
    dial = Dial(action=next_url, method="POST", timeout=round(desk.ring_for), **shown)
    dial.number(desk.number)
    return dial


def _put_through(through: Through, line: Line, next_url: str) -> Dial:
    """Nothing is played to who is called: a voicemail, or the family, hears nothing of why."""
    talk = {"action": next_url, "method": "POST", "timeout": round(line.ring_for), "time_limit": round(line.talk_for)}
    if through is Through.LINE:
        dial = Dial(**talk)
        dial.queue(line.queue)
        return dial
    dial = Dial(caller_id=line.caller_id, **talk)
    dial.number(
        line.number,
        status_callback=line.leg_url,
        status_callback_event="initiated",
        status_callback_method="POST",
    )
    return dial
