"""What comes in that nobody meant: texts, numbers, words and forms."""

from collections.abc import Mapping, Sequence

from hypothesis import strategies as st

ODD = (
    "",
    " ",
    "\x00",
    "a\x00b",
    "\r\nSet-Cookie: a=b",
    "\ufeff",
    "\u202e412",
    "\u200b1",
    "1\ufe0f\u20e3",
    "\uff11",
    "\u0661\u0662\u0663",
    "\u00b2",
    "\u2460",
    "\u00bd",
    "\ud800",
    "x\udfff",
    "\U0001f600" * 50,
    "e\u0301" * 40,
    "\u1e9e",
    "\u0130",
    "\ufdfa" * 20,
    "%s%n%x",
    "{0}{caller}",
    "{{7*7}}",
    "</Say><Dial>+19005550100</Dial>",
    "]]>",
    "&#0;",
    "<!ENTITY a 'b'>",
    "'; DROP TABLE--",
    "../../x",
    "-1",
    "0",
    "00",
    "1e400",
    "1e-400",
    "NaN",
    "inf",
    "-0.0",
    "0x10",
    "1_0",
    "+1",
    "9" * 400,
    "anonymous",
    "Restricted",
    "+266696687",
    "client:alice",
    "sip:a@b.invalid",
    "+12565550177",
    "2565550177",
    "911",
    "+1911",
    "true",
    "null",
    "[]",
    "x" * 5000,
)

any_text = st.one_of(st.text(max_size=60), st.text(st.characters(), max_size=20), st.sampled_from(ODD))
digits = st.one_of(
    st.text("0123456789*#", max_size=12), st.sampled_from(["1", "2", "3", "0", "9", "36203", "2565550177"]), any_text
)


GAPS = (" ", "  ", "", "-", " - ", ", ", "\t", "\n", "\u00a0")


def made_of(words: Sequence[str], *, most: int = 8) -> st.SearchStrategy[str]:
    """Texts of words that mean something, in an order in which they may mean nothing, with dirt between them."""
    some = st.one_of(st.sampled_from(words), st.sampled_from(words), st.integers(0, 2500).map(str), any_text)
    return st.lists(some, max_size=most).flatmap(
        lambda chosen: st.sampled_from([" ", "  ", "", "-", " - ", ", ", "\t", "\n", "\u00a0"]).map(
            lambda gap: gap.join(chosen)
        )
    )


KNOWN: Mapping[str, st.SearchStrategy[str]] = {  # what the carrier sends, and what may stand there
    "CallSid": st.one_of(st.sampled_from(["CA" + "1" * 32, "CA" + "2" * 32, "CA" + "3" * 32]), any_text),
    "From": st.one_of(st.sampled_from(["+12565550177", "+12565550113", "+12055550114", "anonymous", ""]), any_text),
    "To": st.one_of(st.just("+18005550100"), any_text),
    "Digits": digits,
    "SpeechResult": st.one_of(st.sampled_from(["Oxford", "yes", "no", "operator", "Birmingham", "Georgia"]), any_text),
    "Confidence": st.one_of(st.floats(0, 1).map(str), any_text),
    "CallStatus": st.one_of(st.sampled_from(["ringing", "in-progress", "completed", "busy", "no-answer", "failed"]), any_text),
    "DialCallStatus": st.one_of(
        st.sampled_from(["completed", "answered", "busy", "no-answer", "failed", "canceled"]), any_text
    ),
    "DialCallSid": any_text,
    "QueueResult": st.one_of(st.sampled_from(["bridged", "hangup", "leave", "queue-full", "error", "redirected"]), any_text),
    "QueueSid": any_text,
    "AnsweredBy": st.one_of(st.sampled_from(["human", "machine_start", "fax", "unknown"]), any_text),
    "MessageStatus": st.one_of(st.sampled_from(["sent", "delivered", "undelivered", "failed", "queued"]), any_text),
    "MessageSid": any_text,
    "SmsSid": any_text,
    "ErrorCode": st.one_of(st.sampled_from(["30003", "30005", "21610", "30006", ""]), any_text),
    "Body": made_of(
        "1 2 3 412 419 OK PASS DONE ETA in 20 RELEASE CALL SCENE NEED WHO ME OFF ON COVER D SWAP with Boyd fri until 22:00 "
        "CONFIRM REFUSE STOP START".split()
    ),
}

forms: st.SearchStrategy[list[tuple[str, str]]] = st.lists(
    st.one_of(
        st.sampled_from(sorted(KNOWN)).flatmap(lambda name: st.tuples(st.just(name), KNOWN[name])),
        st.tuples(any_text, any_text),
    ),
    max_size=9,
)
