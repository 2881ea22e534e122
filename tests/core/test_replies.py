"""What coordinators text, and what may be made of it. The corpus stands in replies.toml."""

import random
import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.commands import WORDS
from bridge.core.replies import CODES, Meaning, Reply, is_code, read_key, read_text
from bridge.core.rota import instant, local

AFTERNOON = "2026-03-03 14:04"
NOW = instant(datetime.fromisoformat(AFTERNOON))
GROUPS = tomllib.loads(Path(__file__).with_name("replies.toml").read_text(encoding="utf-8"))["group"]
WORDING = tomllib.loads((Path(__file__).parents[2] / "config" / "wording.toml").read_text(encoding="utf-8"))


def _corpus() -> Iterator[tuple[str, str, str]]:
    """Text, when it came, what it means."""
    for group in GROUPS:
        pairs = group.get("each") or [(text, group["means"]) for text in group["texts"]]
        yield from ((text, group.get("at", AFTERNOON), means) for text, means in pairs)


CORPUS = list(_corpus())
ACCEPTANCES = [text for text, _, means in CORPUS if means.split()[0] == "accept"]
OTHERS = [text for text, _, means in CORPUS if means.split()[0] != "accept"]


def told(reply: Reply) -> str:
    """A reply as the corpus writes it."""
    said = [reply.meaning.value, *reply.codes]
    said += [f"in {reply.minutes}"] if reply.minutes is not None else []
    said += [f"people {reply.people}"] if reply.people is not None else []
    said += [f"region {reply.region}"] if reply.region else []
    said += [f"[{reply.person}]"] if reply.person else []
    said += [" to ".join(f"{local(end):%a %m-%d %H:%M}" for end in reply.period)] if reply.period else []
    return " ".join([*said, reply.digits]).strip()


def read(body: str) -> Meaning:
    return read_text(body, NOW).meaning


@pytest.mark.parametrize(("body", "at", "means"), CORPUS)
def test_what_a_text_means(body: str, at: str, means: str) -> None:
    assert told(read_text(body, instant(datetime.fromisoformat(at)))) == means


def test_the_corpus_is_large_and_holds_no_false_acceptance() -> None:
    assert len({text for text, _, _ in CORPUS}) > 1000
    taken = {text for text, at, _ in CORPUS if read_text(text, instant(datetime.fromisoformat(at))).meaning is Meaning.ACCEPT}
    assert taken == set(ACCEPTANCES)


def test_every_meaning_of_a_text_is_in_the_corpus() -> None:
    counted = Counter(read_text(text, NOW).meaning for text, _, _ in CORPUS)
    assert set(Meaning) - {Meaning.REPEAT} == set(counted)


def test_what_is_counted_as_a_miss_is_not_understood() -> None:
    missed = [group for group in GROUPS if "meant" in group]
    assert [group["means"] for group in missed] == ["unclear"] * len(missed)
    assert {group["meant"] for group in missed} <= {meaning.value for meaning in Meaning}
    assert sum(len(group["texts"]) for group in missed) > 50


@pytest.mark.parametrize("body", ["\ud800", "1\ud800", "\ud800 ok"])
def test_half_a_character_is_not_understood(body: str) -> None:
    assert read(body) is Meaning.UNCLEAR


@pytest.mark.parametrize("code", CODES)
def test_every_code_is_read_back_before_and_after_the_command(code: str) -> None:
    for body in (f"1 {code}", f"{code} 1", f"1-{code}", f"ok {code}.", f"10-4 {code}", f"{code} 10-4"):
        assert read_text(body, NOW) == Reply(Meaning.ACCEPT, (code,))
    assert read_text(f"1 {code} in 20", NOW) == Reply(Meaning.ACCEPT, (code,), minutes=20)
    assert read_text(f"need 2 {code}", NOW) == Reply(Meaning.SCENE, (code,), people=2)


def test_codes_look_like_nothing_else() -> None:
    for taken in ("911", "988", "933", "411", "112", "104", "256", "938", "800", "999", "199"):
        assert taken not in CODES
        assert not is_code(taken)
    assert len(CODES) > 700


def test_a_clock_time_or_a_year_is_no_code() -> None:
    assert not any(is_code(f"{minute // 60:02}{minute % 60:02}") for minute in range(24 * 60))
    assert not any(is_code(str(year)) for year in range(1900, 2100))


def test_no_word_of_the_network_is_a_command() -> None:
    network = {
        "stop",
        "stopall",
        "unsubscribe",
        "cancel",
        "end",
        "quit",
        "revoke",
        "optout",
        "start",
        "unstop",
        "yes",
        "help",
        "info",
    }
    ours = set(Meaning) - {Meaning.OPT_OUT, Meaning.OPT_IN, Meaning.HELP}
    assert not network & {word for meaning in ours for word in WORDS[meaning].split("|")}


def test_no_word_says_two_things() -> None:
    words = Counter(word for meaning in Meaning for word in WORDS[meaning].split("|") if word)
    assert [word for word, times in words.items() if times > 1] == []


@pytest.mark.parametrize(
    ("key", "meaning"),
    [("1", Meaning.ACCEPT), ("2", Meaning.DECLINE), ("3", Meaning.DONE), ("*", Meaning.REPEAT)]
    + [(other, None) for other in ("", "0", "4", "#", "11", "12", " 1", "one", "１")],
)
def test_only_four_keys_mean_anything(key: str, meaning: Meaning | None) -> None:
    assert read_key(key) == meaning


GRAMMAR = sorted({word for words in WORDS.values() for phrase in words.split("|") for word in phrase.split()} - {"?"})
TIMES = "until fri mon 18:00 6am nov 27 tonight - to for 3 hours in 20 min with d need eta".split()
MIXED = st.lists(st.sampled_from([*GRAMMAR, *TIMES, "412", "413", "?", "not", "boyd"]), max_size=7).map(" ".join)


@given(st.text() | st.text(alphabet="0123456789 okno?-.’", max_size=12) | MIXED)
def test_any_text_is_read(body: str) -> None:
    reply = read_text(body, NOW)
    assert reply.meaning is not Meaning.REPEAT
    assert all(map(is_code, reply.codes))
    assert reply == Reply(Meaning.UNCLEAR) or reply.meaning is not Meaning.UNCLEAR
    assert (reply.people is None) == (reply.meaning is not Meaning.SCENE)
    assert reply.minutes is None or (reply.meaning in (Meaning.ACCEPT, Meaning.ETA) and 1 <= reply.minutes <= 90)
    assert reply.period is None or NOW <= reply.period[0] < reply.period[1]
    assert bool(reply.digits) == (reply.meaning is Meaning.VERIFY)


ACCEPT_WORDS = {word for phrase in WORDS[Meaning.ACCEPT].split("|") for word in phrase.split()}
COURTESIES = set("please pls thanks thank you thx ty sir maam and the for code request".split())
MINUTE_WORDS = set("in eta is m min mins minute minutes five ten fifteen twenty thirty forty one two three four".split())


@given(MIXED)
def test_an_acceptance_holds_words_of_an_acceptance_only(body: str) -> None:
    if read(body) is Meaning.ACCEPT:
        words = re.findall(r"[^\W\d]+", body)
        assert set(words) <= ACCEPT_WORDS | COURTESIES | MINUTE_WORDS
        assert any(re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", body) for phrase in WORDS[Meaning.ACCEPT].split("|"))


FOREIGN = (
    "yes not at if when tomorrow later driving you who hours liked but don't never or maybe call need off cover until no"
    " stop done arrived scene release confirm me again almost bob was would a my all soon now somebody can't he they"
).split()


@given(st.sampled_from(ACCEPTANCES), st.sampled_from(FOREIGN), st.sampled_from(["", "412"]), st.integers(0, 12))
def test_one_strange_word_anywhere_undoes_an_acceptance(body: str, word: str, code: str, place: int) -> None:
    words = [*body.split(), code]
    assert read(" ".join([*words[:place], word, *words[place:]])) is not Meaning.ACCEPT


@given(st.sampled_from(ACCEPTANCES), st.text(alphabet=st.characters(categories=["L"]), min_size=2, max_size=9), st.randoms())
def test_no_word_that_is_not_in_the_grammar_is_passed_over(body: str, word: str, rng: random.Random) -> None:
    known = {"".join(_letters(known)) for known in (*ACCEPT_WORDS, *COURTESIES, *MINUTE_WORDS)}
    parts = [body, word]
    rng.shuffle(parts)
    assert read(" ".join(parts)) is not Meaning.ACCEPT or set(_letters(word)) <= known


def _letters(body: str) -> list[str]:
    plain = re.sub(r"['’`ʼ\u200b\u200e\ufeff\ufe0f\u20e3]", "", body)
    return re.findall(r"[^\W\d_]+", unicodedata.normalize("NFKC", plain).casefold())


SENTENCES = [sentence for table in ("text", "reply", "call", "rota", "notice") for sentence in WORDING.get(table, {}).values()]
SAID = [sentence for sentence in SENTENCES if len(sentence.split()) > 2]  # shorter ones are parts of others
FILLED = {"code": "412", "codes": "412, 413", "number": "256-555-0177", "time": "2:34 AM"}


@given(
    st.sampled_from(SAID), st.sampled_from(["", *ACCEPTANCES]), st.sampled_from(["", *ACCEPTANCES]), st.sampled_from(' \n>“"')
)
def test_nothing_that_quotes_what_we_say_is_an_acceptance(said: str, before: str, after: str, between: str) -> None:
    quoted = re.sub(r"\{(\w+)\}", lambda hole: FILLED.get(hole[1], "Oxford"), said)
    assert read(between.join((before, quoted, after))) is not Meaning.ACCEPT


LONG = ["1 ", "off ", "swap with boyd ", "swap june ", "fri - ", "412 ", "who is on call ", "in 20 ", "?", "' "]


@pytest.mark.parametrize("word", LONG)
def test_a_text_as_long_as_texts_can_be_is_read(word: str) -> None:
    assert read(word * (1600 // len(word)) + "x") is Meaning.UNCLEAR


@given(
    st.sampled_from(ACCEPTANCES),
    st.sampled_from(["Liked “{}”", "Loved “{}”", "👍 to “{}”", "Re: {}", "{}?", "not {}", "Le gustó “{}”"]),
)
def test_an_acceptance_of_somebody_else_reacted_to_is_none(body: str, reaction: str) -> None:
    assert read(reaction.format(body)) is not Meaning.ACCEPT
