"""What coordinators text, and what may be made of it."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.replies import CODES, Meaning, Reply, is_code, read_key, read_text

NOW = 1_800_000_000.0

ACCEPT = [
    "1", " 1 ", "1.", "1!", "1\n", "(1)", '"1"', "“1”", "#1", "*1*", "１", "①", "١", "1️⃣",
    "1\u200b", "\u200e1", "\ufeff1", "1\x00", "\u00a01\u00a0", "one", "One.", "ack", "ACK", "Ack!",
    "acked", "acknowledged", "ok", "OK", "Ok.", "O\u200bK", "ＯＫ", "okay", "Okay!!!", "ok ok",
    "ok, 1", "10-4", "10 4", "10–4", "10—4", "10.4", "104", "10-4!", "10-4 sir", "ten-four",
    "Ten four", "on it", "On it!", "ON  IT", "on\nit", "onit", "I'm on it", "I’m on it.",
    "im on it", "accept", "Accept", "ACCEPTED", "copy", "Copy that", "roger", "Roger that.",
    "wilco", "affirmative", "affirm", "will do", "I'll take it", "I’ve got it", "I got this",
    "ok thanks", "ok, thank you", "10-4, thanks", "please accept", "1 please", "1, ma'am",
]  # fmt: skip
ACCEPT_WITH_CODES = {
    "1 412": "412", "412 1": "412", "ok 412": "412", "1-412": "412", "412-1": "412",
    "412 ok.": "412", "1,412": "412", "1: 412": "412", "1 #412": "412", "#412 1": "412",
    "1 (412)": "412", "1.412": "412", "OK 412 thanks": "412", "on it 412": "412",
    "412 on it!": "412", "ACK 412": "412", "accept code 412": "412",
    "accept request 412, please": "412", "10-4 412": "412", "10-4, 412": "412", "412 10-4": "412",
    "104 412": "412", "1 412 413": "412 413", "1 412, 413": "412 413", "ok 412 and 413": "412 413",
    "1 for 412": "412", "412 1 412": "412", "1 412 1 413": "412 413", "1 ４１２": "412",
    "1\n412": "412", "1 2412": "2412", "ok 9999": "9999", "1 - 412": "412", "copy 412": "412",
}  # fmt: skip
DECLINE = [
    "2", "２", "2.", "two", "no", "No.", "NO!", "no sir", "No, thanks", "no thank you", "nope",
    "negative", "pass", "PASS", "Pass.", "decline", "declined", "can't", "cant", "Can’t", "CAN`T",
    "cannot", "can not", "i can't", "can't take it", "unable", "unavailable", "not available",
    "I'm not available", "no, 2", "2 pass",
]  # fmt: skip
DONE = [
    "3", "3.", "three", "done", "Done!", "DONE", "contacted", "Contacted.", "made contact",
    "contact made", "3 done", "done, thanks", "contacted them",
]  # fmt: skip
RELEASE = ["release", "RELEASE", "Release.", "releasing", "give it back", "please release"]
LIST = ["?", "??", " ? ", "list", "LIST", "Status", "status?", "？", "list please"]
OPT_OUT = [
    "STOP", "stop", "Stop.", "STOP ", "stopall", "stop all", "unsubscribe", "CANCEL", "end", "quit",
    "revoke", "optout", "opt out", "opt-out", "please stop",
]  # fmt: skip
UNCLEAR = [
    # an answer, but not this one
    "not ok", "ok?", "1?", "1 ?", "? 1", "10-4?", "on it?", "accept?", "ok 412?", "no?", "done?",
    "OK？", "not 1", "don't accept", "can't accept", "I can't accept 412", "cannot copy", "no copy",
    "not on it", "no 1", "nobody", "no problem", "No problem!", "no worries", "ok no problem",
    "no ok", "ok no", "ok pass", "1 2", "1 or 2", "1/2", "½", "1 and 2", "1, 2 or 3", "1 3", "1-2",
    "2 1", "ok can't", "can't do 1", "pass 1", "pass it on", "pass on it", "ok 2", "no one",
    "one or two", "12", "21", "11", "1 1 2", "ok stop", "stop 1",
    # later, perhaps, conditions
    "ok in 2 hours", "on it tomorrow", "1 in 20", "1 20", "1 later", "ok later", "ok give me 5",
    "ok but late", "on it in an hour", "maybe", "ok maybe", "ok if nobody else can", "1 if needed",
    "1:30", "1.5", "1pm", "1 pm", "ok 0200", "ok 1800", "at 4:12", "4:12", "ok 20:00", "2 hours",
    "3 min", "3 more minutes", "in 10", "eta 10",
    # questions and conversation
    "who is this?", "who is this", "what?", "where", "ok who is this", "ok what is the number",
    "call me", "is this a drill", "wrong number", "I am off duty", "off duty", "not on call",
    "not me", "I'm busy", "k", "a", "y", "n", "yes", "Yes.", "YES 412", "yes sir", "yep", "sure",
    "si", "ok got a kid sick", "lol", "hi", "ok I'll ask Bob", "Bob is on it", "he's on it",
    "somebody is on it", "are you on it", "not sure", "almost done", "not done", "not contacted",
    "nearly done", "never contacted", "no contact made", "left a voicemail",
    # machines
    "I'm driving with Do Not Disturb turned on. I'll see your message when I get where I'm going.",
    "(I'm not receiving notifications. If this is urgent, reply \"urgent\" to send a notification.)",
    "I'm driving - Sent from My Car", "Sorry, I can't talk right now.", "Can I call you later?",
    "On my way.", "Out of office. Reply 1 to be called.", "1\nSent from my phone", "Liked “1 412”",
    "Liked “…”", "Emphasized “1”", "Loved \"OK\"", "Questioned “ok 412”", "Disliked “1”",
    "Laughed at “on it”", "Removed a like from “1”", "Reacted 👍 to “1 accepts”", "👍 to “ok”",
    "Le gustó “1”", "> Reply 1 to accept",
    "412 Oxford, Calhoun Co., region G. Reply 1 to accept, 2 to pass",
    # signs
    "👍", "👍🏽", "1 👍", "ok👌", "🆗", "👎", "+1", "1+", "1%", "$1", "1=ok", "1̶", "o̶k̶", "1^", "~1",
    "<1>", "1|2",
    # codes that are none, and codes with no command
    "412", "#412", "412 413", "1412", "14 12", "1 911", "1 988", "1 411", "1 112", "1 933", "1 199",
    "1 256", "1 41", "1 41200", "1 0412", "1 2359", "ok 2026", "412ok", "ok412", "1 412 x",
    "call 256-555-0100", "1 256-555-0100", "stop 412", "cancel 412", "end 412", "help 412",
    "start 412",
    # nothing
    "", " ", ".", "...", "-", "*", "#", "\x00", "\u200b", "\n\n", "please", "thanks", "Thank you",
    "0", "4", "7", "9", "10", "10 40", "10-9", "10-7", "10-44", "1 0 4", "110 4", "10 412", "410 4",
    "\ud800", "1\ud800",
]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "meaning"),
    [
        *((body, Meaning.ACCEPT) for body in ACCEPT),
        *((body, Meaning.DECLINE) for body in DECLINE),
        *((body, Meaning.DONE) for body in DONE),
        *((body, Meaning.RELEASE) for body in RELEASE),
        *((body, Meaning.LIST) for body in LIST),
        *((body, Meaning.OPT_OUT) for body in OPT_OUT),
        *((body, Meaning.OPT_IN) for body in ("START", "start", "unstop", "UNSTOP.")),
        *((body, Meaning.HELP) for body in ("HELP", "help", "info", "Help please")),
        *((body, Meaning.UNCLEAR) for body in UNCLEAR),
    ],
)
def test_what_a_text_means(body: str, meaning: Meaning) -> None:
    assert read_text(body, NOW) == Reply(meaning)


@pytest.mark.parametrize(("body", "codes"), ACCEPT_WITH_CODES.items())
def test_an_acceptance_names_its_requests(body: str, codes: str) -> None:
    assert read_text(body, NOW) == Reply(Meaning.ACCEPT, tuple(codes.split()))


@pytest.mark.parametrize(
    ("body", "meaning"),
    [
        ("2 412", Meaning.DECLINE),
        ("pass 412", Meaning.DECLINE),
        ("pass for 412", Meaning.DECLINE),
        ("412 no", Meaning.DECLINE),
        ("can't 412", Meaning.DECLINE),
        ("3 412", Meaning.DONE),
        ("412 DONE", Meaning.DONE),
        ("done-412", Meaning.DONE),
        ("release 412", Meaning.RELEASE),
        ("412 release", Meaning.RELEASE),
        ("? 412", Meaning.LIST),
        ("412?", Meaning.LIST),
        ("status 412", Meaning.LIST),
    ],
)
def test_every_other_command_takes_a_code_too(body: str, meaning: Meaning) -> None:
    assert read_text(body, NOW) == Reply(meaning, ("412",))


@pytest.mark.parametrize("code", CODES)
def test_every_code_is_read_back_before_and_after_the_command(code: str) -> None:
    for body in (
        f"1 {code}",
        f"{code} 1",
        f"1-{code}",
        f"ok {code}.",
        f"10-4 {code}",
        f"{code} 10-4",
    ):
        assert read_text(body, NOW) == Reply(Meaning.ACCEPT, (code,))


def test_codes_look_like_nothing_else() -> None:
    for taken in ("911", "988", "933", "411", "112", "104", "256", "938", "800", "999", "199"):
        assert taken not in CODES
        assert not is_code(taken)
    assert len(CODES) > 700


def test_a_clock_time_or_a_year_is_no_code() -> None:
    assert not any(is_code(f"{minute // 60:02}{minute % 60:02}") for minute in range(24 * 60))
    assert not any(is_code(str(year)) for year in range(1900, 2100))


@pytest.mark.parametrize(
    ("key", "meaning"),
    [("1", Meaning.ACCEPT), ("2", Meaning.DECLINE), ("3", Meaning.DONE), ("*", Meaning.REPEAT)]
    + [(other, None) for other in ("", "0", "4", "#", "11", "12", " 1", "one", "１")],
)
def test_only_four_keys_mean_anything(key: str, meaning: Meaning | None) -> None:
    assert read_key(key) == meaning


@given(st.text() | st.text(alphabet="0123456789 okno?-.’", max_size=12))
def test_any_text_is_read(body: str) -> None:
    reply = read_text(body, NOW)
    assert reply.meaning is not Meaning.REPEAT
    assert all(map(is_code, reply.codes))
    assert reply.codes == () or reply.meaning is not Meaning.UNCLEAR


WORDS = [
    "yes",
    "not",
    "in",
    "at",
    "if",
    "when",
    "tomorrow",
    "later",
    "driving",
    "you",
    "who",
    "hours",
    "minutes",
    "liked",
    "but",
    "don't",
    "never",
    "or",
]


@given(st.sampled_from(ACCEPT), st.sampled_from(WORDS), st.sampled_from(["", "412"]), st.randoms())
def test_one_strange_word_anywhere_undoes_an_acceptance(body: str, word: str, code: str, rng: random.Random) -> None:
    parts = [body, word, code]
    rng.shuffle(parts)
    assert read_text(" ".join(parts), NOW).meaning is Meaning.UNCLEAR
