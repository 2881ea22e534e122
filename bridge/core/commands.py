"""What can be texted to the line: every command, the words that say it, and what it does.

One table for the grammar (`core/replies`) and for the coordinators' printed page (docs/coordinators.md), so that they agree.
"""

from dataclasses import dataclass
from enum import Enum


class Meaning(Enum):
    """What the coordinator wants. The value is the word that may be shown in a log."""

    ACCEPT = "accept"
    DECLINE = "decline"
    DONE = "done"  # the caller has been reached
    RELEASE = "release"  # gives an accepted request back
    LIST = "list"  # asks what is open
    ETA = "eta"  # who has it says in how many minutes they are there, or call
    SCENE = "scene"  # it needs people on scene
    ARRIVED = "arrived"  # somebody is on scene
    CALL = "call"  # connect me to the caller through the line
    WHO = "who"  # who is on call
    ME = "me"  # my next shifts
    OFF = "off"  # takes me off the rota for a while
    ON = "on"  # ends that
    COVER = "cover"  # takes a region for a while
    SWAP = "swap"  # asks somebody to take my shifts of a while
    CONFIRM = "confirm"  # a change of the rota was read back right
    REFUSE = "refuse"  # a change of the rota is not wanted
    VERIFY = "verify"  # the code that proves a number
    REPEAT = "repeat"  # keypad only: say it again
    OPT_OUT = "opt out"  # the network blocks our texts from now on
    OPT_IN = "opt in"  # the network lets them through again
    HELP = "help"  # the carrier has answered it already
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Command:
    """What can be said: the `words` for it, "|" between them; `texts` that show it on the printed page, and what it `does`.

    Words are in lower case, without apostrophes, one space between them: see replies._plain()."""

    meaning: Meaning
    words: str
    texts: tuple[str, ...]
    does: str


# YES is missing on purpose: it is an opt-in word of the network, so it can't be one of ours.
COMMANDS: dict[str, tuple[Command, ...]] = {
    "When you are paged": (
        Command(
            Meaning.ACCEPT,
            "1|one|ack|acked|acknowledge|acknowledged|ok|okay|10 4|104|ten four|on it|onit|im on it|accept|accepted|accepting"
            "|copy|copy that|roger|roger that|wilco|affirm|affirmative|will do|ill take it|i will take it|ill take|i will take"
            "|i can take it|taking it|ive got it|i got this",
            ("1", "1 412", "1 412 413", "OK", "10-4", "ON IT"),
            "You take it. The number to call comes by text at once.",
        ),
        Command(
            Meaning.ACCEPT, "", ("1 in 20", "1 412 in 20 min"), "You take it, and others see in how many minutes you call."
        ),
        Command(
            Meaning.DECLINE,
            "2|two|no|nope|negative|pass|passing|decline|declined|declining|cant|cannot|can not|cant take it|i cant"
            "|i cant take it|unable|unavailable|not available|im not available",
            ("2", "PASS", "NO 412"),
            "You can't. The next person is paged at once.",
        ),
        Command(Meaning.LIST, "?|list|status", ("?", "LIST"), "What is open for you."),
    ),
    "When you have taken one": (
        Command(
            Meaning.CALL,
            "call|callback|call back|call now|call caller|call the caller|call them|connect|connect me",
            ("CALL", "CALL 412"),
            "The line rings you, and connects the caller when you press 1. Neither sees the other's number.",
        ),
        Command(
            Meaning.DONE,
            "3|three|done|contacted|made contact|contact made|contacted them|reached them|reached|reached the caller",
            ("3", "DONE", "DONE 412"),
            "You have reached the caller. A voicemail does not count.",
        ),
        Command(Meaning.ETA, "", ("ETA 10", "ETA 10 412"), "In how many minutes you call."),
        Command(
            Meaning.RELEASE,
            "release|released|releasing|give it back|giving it back|hand it back",
            ("RELEASE", "RELEASE 412", "2"),
            "You give it back. Others are paged at once.",
        ),
        Command(
            Meaning.SCENE,
            "scene|need scene|scene needed",
            ("SCENE", "NEED 2", "NEED 2 412"),
            "Somebody is needed on scene; with NEED 2, two people. A second clock runs until ARRIVED.",
        ),
        Command(
            Meaning.ARRIVED,
            "arrived|on scene|onscene|at scene|on the scene|at the scene|im on scene|im at the scene|arrived on scene"
            "|ive arrived|i have arrived",
            ("ARRIVED", "ON SCENE", "ARRIVED 412"),
            "You are on scene.",
        ),
    ),
    "The rota": (
        Command(Meaning.WHO, "who|whos", ("WHO", "WHO D"), "Who is on call: everywhere, or in Region D."),
        Command(
            Meaning.ME,
            "me|shifts|my shifts|my next shift|my next shifts|when am i on|when am i on call",
            ("ME",),
            "Your next shifts.",
        ),
        Command(
            Meaning.OFF,
            "off|im off|i am off|take me off",
            ("OFF until 6am", "OFF fri 18:00 - mon 06:00", "OFF nov 27"),
            "You are off: not paged, and your shifts go to the next in line.",
        ),
        Command(Meaning.ON, "on|back on|im back on", ("ON",), "You are back, before your time off is over."),
        Command(
            Meaning.COVER,
            "cover|covering|i cover|ill cover|i will cover|i can cover",
            ("COVER D until 22:00", "COVER D fri 18:00 - mon 06:00"),
            "You have Region D.",
        ),
        Command(
            Meaning.SWAP,
            "swap|swap shifts",
            ("SWAP with Boyd fri", "SWAP with Boyd fri 18:00 - mon 06:00"),
            "You and Boyd exchange what each has in that time, once both have confirmed it.",
        ),
        Command(
            Meaning.CONFIRM,
            "confirm|confirmed|i confirm",
            ("CONFIRM",),
            "A change was read back to you, and is right. Only then it counts.",
        ),
        Command(Meaning.REFUSE, "refuse|refused|reject|rejected|discard", ("REFUSE",), "It is not right, or not wanted."),
    ),
    "Your telephone": (
        Command(
            Meaning.VERIFY, "", ("123456", "123 456"), "The six digits that we sent, to prove that your number reaches you."
        ),
        Command(
            # The network's own words (Twilio's documentation of toll-free opt-outs).
            Meaning.OPT_OUT,
            "stop|stopall|stop all|unsubscribe|cancel|end|quit|revoke|optout|opt out",
            ("STOP",),
            "The network blocks all our texts to you. You are called instead. Please don't.",
        ),
        Command(Meaning.OPT_IN, "start|unstop", ("START",), "Our texts come again."),
        Command(Meaning.HELP, "help|info", ("HELP",), "The network answers this one, not the bridge."),
    ),
}


@dataclass(frozen=True, slots=True)
class Key:
    """What a key of the telephone means, in every call, and what it `does`."""

    meaning: Meaning
    does: str


KEYS = {
    "1": Key(Meaning.ACCEPT, "Yes, go on: take it; be connected to the caller; at the end of that call, you reached them."),
    "2": Key(Meaning.DECLINE, "No: pass it on, or give it back."),
    "3": Key(Meaning.DONE, "You have reached the caller."),
    "*": Key(Meaning.REPEAT, "Say it again, or say the number to call."),
}

# Examples for the printed page.
WITH_PIN = ("DONE 412 PIN 4821", "pin 4821 off until 6am")
TIMES = (
    "until 6am",
    "until 22:00",
    "until noon",
    "tonight",
    "tomorrow",
    "fri",
    "fri - sun",
    "fri 18:00 - mon 06:00",
    "fri 6pm to mon 6am",
    "nov 27",
    "11/27 1800 - 11/30 0600",
    "for 3 hours",
)
UNCERTAIN_TIMES = ("until 6", "until 6:30", "until fri", "next fri", "fri midnight")
NOT_UNDERSTOOD = ("YES", "1?", "not ok", "ok in 2 hours", "1 in 2", "ok, Boyd has it", "1 or 2", "on my way", "👍", "Liked “1”")

WORDS = {
    meaning: "|".join(
        command.words for commands in COMMANDS.values() for command in commands if command.meaning is meaning
    ).strip("|")
    for meaning in Meaning
}
"""All words for each meaning, "|" between them."""
