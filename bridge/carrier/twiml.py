"""What a call or a text does next, in the carrier's markup. https://www.twilio.com/docs/voice/twiml"""

from collections.abc import Sequence
from dataclasses import dataclass

from twilio.twiml.messaging_response import MessagingResponse
from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from bridge.core.speech import Answer, Listen

KEYPAD_PAUSE = 4  # seconds without a key after which an answer is complete, or silence
SPEECH_PAUSE = "auto"


@dataclass(frozen=True)
class Desk:
    """The dispatch desk as a caller is put through to it. `caller_id` is empty where the caller's own number is to be shown."""

    number: str
    ring_for: float
    caller_id: str = ""


def voice(answer: Answer, *, next_url: str = "", desk: Desk | None = None, hints: Sequence[str] = ()) -> str:
    """An answer as TwiML. `next_url` gets what the caller keys or says, or nothing where they stay silent, or how the dial
    ended. Without anything to listen for, and without a desk to dial, the call ends."""
    response = VoiceResponse()
    if answer.listen:
        _listen(response, answer, answer.listen, next_url, hints)
    else:
        for sentence in answer.say:
            response.say(sentence)
        if answer.dial and desk:
            response.append(_dial(desk, next_url))
        else:
            response.hangup()
    return str(response)


def texts(bodies: Sequence[str]) -> str:
    """Answers to a text; an empty document for none."""
    response = MessagingResponse()
    for body in bodies:
        response.message(body)
    return str(response)


def _listen(response: VoiceResponse, answer: Answer, listen: Listen, next_url: str, hints: Sequence[str]) -> None:
    """Silence falls through the gather: the redirect after it asks the next question, so that nobody is hung up on."""
    gather = Gather(
        input="dtmf speech" if listen.words else "dtmf",
        num_digits=listen.keys,
        finish_on_key="#",
        timeout=KEYPAD_PAUSE,
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
