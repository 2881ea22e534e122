"""What is private in the store is sealed: it comes out with the key, and with nothing else."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis

from bridge.core.errors import BridgeError, SealedElsewhere, TooNew
from bridge.core.events import Accepted, Closed, Ticked
from bridge.core.intake import Call, Stage
from bridge.core.model import Channel, Message, Place, Purpose, Request, State, Status
from bridge.core.request import opened, step
from bridge.settings.environment import NOT_SEALED
from bridge.store import versions
from bridge.store.redis_store import RedisStore, is_open
from bridge.store.redis_watch import RedisWatch
from bridge.store.seal import CALL, REQUEST, Seal, Sealed
from bridge.store.versions import Format, as_it_was
from tests.conftest import everything_in
from tests.given import CALLER, OXFORD, T0, context, draft

SECRET = "a secret of at least thirty-two characters"
OLD, NEW = (base64.urlsafe_b64encode(letter * 32).decode() for letter in (b"o", b"n"))
PLAIN = Seal([NOT_SEALED], SECRET)
NUMBER, TOWN = "+19385550163", Place("Zzyzx Springs", "Winston", "F")  # nobody else in the tests comes from there
NEEDLES = (b"9385550163", b"5550163", b"555-0163", b"Zzyzx", b"Winston")
DUMP = json.loads((Path(__file__).parent / "dumps" / "0.4.0.json").read_text("utf-8"))["keys"]

words = st.text(st.characters(codec="utf-8"), max_size=30)
instants = st.floats(0, 4e9)
places = st.builds(Place, words, words, words)
messages = st.builds(
    Message, st.just(0), words, st.sampled_from(Channel), st.sampled_from(Purpose), instants, status=st.sampled_from(Status)
)
requests = st.builds(
    Request, words, words, instants, instants, place=places, callback=words, incomplete=st.booleans(),
    state=st.sampled_from(State), messages=st.tuples(messages), passed=st.frozensets(words, max_size=3),
    next_at=st.none() | instants, version=st.integers(0, 99),
)  # fmt: skip
calls = st.builds(
    Call, words, words, words, stage=st.sampled_from(Stage), place=places, callback=words,
    candidates=st.lists(places, max_size=4).map(tuple),
)  # fmt: skip
A_CALL = Call("CA1", "r2", NUMBER, place=TOWN, candidates=(TOWN, OXFORD), callback=NUMBER)


def a_request(**fields: Any) -> Request:
    return opened(draft(**{"place": TOWN, "callback": NUMBER, **fields}), context(), T0)[0]


BOTH: list[tuple[Sealed[Any], Any]] = [(REQUEST, a_request()), (CALL, A_CALL)]
both = pytest.mark.parametrize(("kind", "value"), BOTH, ids=["request", "call"])


# ---- a document


@given(requests, st.sampled_from([Seal([], SECRET), Seal([NEW, OLD], SECRET), PLAIN]))
def test_a_request_comes_out_as_it_went_in(request: Request, seal: Seal) -> None:
    assert REQUEST.read(REQUEST.write(request, seal), seal) == request


@given(calls, st.sampled_from([Seal([], SECRET), Seal([NEW, OLD], SECRET), PLAIN]))
def test_a_call_comes_out_as_it_went_in(call: Call, seal: Seal) -> None:
    assert CALL.read(CALL.write(call, seal), seal) == call


@pytest.mark.parametrize("seal", [PLAIN, Seal([NEW], SECRET)])
def test_who_says_that_they_are_at_a_place_called_sealed_is_understood(seal: Seal) -> None:
    request = a_request(code="sealed", place=Place("sealed", "Winston", "F"))
    assert REQUEST.read(REQUEST.write(request, seal), seal) == request


@both
def test_neither_place_nor_number_stands_in_what_is_sealed(kind: Sealed[Any], value: Any) -> None:
    sealed = kind.write(value, Seal([NEW], SECRET))
    assert not [each for each in (*NEEDLES, b"Oxford", b"Calhoun") if each in sealed]
    assert NUMBER.encode() in kind.write(value, PLAIN), "where it is not sealed it does"


def test_how_long_the_name_of_a_place_is_and_when_it_was_sealed_cannot_be_seen() -> None:
    seal = Seal([NEW], SECRET)
    tokens = [REQUEST.token(REQUEST.write(a_request(place=Place(name, name, "G")), seal)) for name in ("Ai", "Meridianville")]
    assert len({len(token) for token in tokens}) == 1
    assert {Fernet(NEW).extract_timestamp(token) for token in tokens} == {0}


@both
def test_a_document_that_holds_nothing_private_is_not_sealed(kind: Sealed[Any], value: Any) -> None:
    bare = kind.blind(kind.write(value, Seal([NEW], SECRET)))
    assert kind.token(kind.write(bare, Seal([NEW], SECRET))) == ""


@both
def test_another_key_does_not_open_it_and_the_error_says_which_variable_lacks_one(kind: Sealed[Any], value: Any) -> None:
    sealed = kind.write(value, Seal([OLD], SECRET))
    for wrong in (Seal([NEW], SECRET), Seal([], "another secret"), PLAIN):
        with pytest.raises(SealedElsewhere, match="BRIDGE_SEAL_KEYS") as caught:
            kind.read(sealed, wrong)
        assert NUMBER not in str(caught.value)
    assert kind.read(sealed, Seal([NEW, OLD], SECRET)) == value, "behind the first key it opens"
    assert issubclass(SealedElsewhere, BridgeError), "a command says it in one line"
    assert issubclass(SealedElsewhere, ValueError), "whoever looks at every document goes on with the next"


@both
def test_what_was_sealed_before_any_key_was_set_can_be_opened_after(kind: Sealed[Any], value: Any) -> None:
    sealed = kind.write(value, Seal([], SECRET))
    assert [kind.read(sealed, each) for each in (Seal([NEW], SECRET), PLAIN)] == [value, value]
    with pytest.raises(SealedElsewhere):
        kind.read(sealed, Seal([], "another secret"))


@both
def test_a_token_that_was_moved_to_another_document_is_refused(kind: Sealed[Any], value: Any) -> None:
    seal = Seal([NEW], SECRET)
    other = replace(value, **{"id" if kind is REQUEST else "sid": "another"})
    mine, theirs = kind.write(value, seal), kind.write(other, seal)
    moved = theirs.replace(kind.token(theirs).encode(), kind.token(mine).encode())
    with pytest.raises(ValueError, match="belongs to another document"):
        kind.read(moved, seal)


def test_a_token_of_a_call_is_none_of_a_request_of_the_same_name() -> None:
    seal = Seal([NEW], SECRET)
    call, request = CALL.write(replace(A_CALL, sid="r1"), seal), REQUEST.write(a_request(), seal)
    with pytest.raises(ValueError, match="belongs to another document"):
        REQUEST.read(request.replace(REQUEST.token(request).encode(), CALL.token(call).encode()), seal)


@given(st.integers(0, 10_000), st.sampled_from("Aa0_-"))
def test_a_token_that_was_changed_anywhere_is_refused(at: int, letter: str) -> None:
    seal = Seal([NEW], SECRET)
    sealed = REQUEST.write(a_request(), seal)
    token = REQUEST.token(sealed)
    at %= len(token.rstrip("=")) - 1  # the last letter holds bits that mean nothing
    changed = token[:at] + letter + token[at + 1 :]
    if changed != token:
        with pytest.raises(SealedElsewhere):
            REQUEST.read(sealed.replace(token.encode(), changed.encode()), seal)


@pytest.mark.parametrize("token", [b"7", b"null", b'{"a":1}', b'"with space"', b'"\\u0041"'])
def test_what_is_no_token_is_said_to_be_none(token: bytes) -> None:
    broken = b'%s,"sealed":%s}' % (REQUEST.write(a_request(place=Place(), callback=""), PLAIN)[:-1], token)
    with pytest.raises(ValueError, match="a stored request cannot be read"):
        REQUEST.read(broken, PLAIN)


def test_what_a_caller_may_have_said_is_never_taken_for_a_token() -> None:
    request = a_request(place=Place('","sealed":"gAAAA"', "", "G"))
    for seal in (PLAIN, Seal([NEW], SECRET)):
        assert REQUEST.read(REQUEST.write(request, seal), seal) == request


# ---- beside the release before


@pytest.fixture
def in_040(monkeypatch: pytest.MonkeyPatch) -> Callable[[Sealed[Any]], Format[Any]]:
    """How 0.4.0 reads documents of this kind: it knows these formats, and one more as far as it goes."""
    monkeypatch.setattr(versions, "MIGRATIONS", {"request": (as_it_was,), "call": ()})
    types = {"request": Request, "call": Call}
    return lambda kind: Format(kind.kind, types[kind.kind])


@both
def test_a_sealed_document_is_refused_by_the_release_before_and_a_plain_one_is_read_by_it(
    kind: Sealed[Any], value: Any, in_040: Callable[[Sealed[Any]], Format[Any]]
) -> None:
    with pytest.raises(TooNew):
        in_040(kind).read(kind.write(value, Seal([NEW], SECRET)))
    assert in_040(kind).read(kind.write(value, PLAIN)).callback == NUMBER


@pytest.mark.parametrize("seal", [Seal([NEW], SECRET), PLAIN])
def test_what_the_release_before_has_written_is_read_with_any_keys(seal: Seal) -> None:
    found = [REQUEST.read(kept["value"]["doc"].encode(), seal) for key, kept in DUMP.items() if key.startswith("req:")]
    found += [CALL.read(kept["value"].encode(), seal) for key, kept in DUMP.items() if key.startswith("call:")]
    assert len(found) == 9
    assert sum(each.place.label == "Oxford" for each in found) == 8


# ---- the store


def files_of(redis: "Redis[Any]") -> bytes:
    """Every byte of the store's directory."""
    folder = Path(redis.config_get("dir")["dir"])
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def fill(store: RedisStore) -> None:
    """A request that somebody has, one that is open, and a call that goes on."""
    request, effects = opened(draft(place=TOWN, callback=NUMBER), context(), T0)
    store.create(request, effects, T0)
    store.commit(store.load("r1"), *step(store.load("r1"), Accepted("boyd"), context(), T0), T0)
    other, effects = opened(draft(id="r3", code="413", place=TOWN, callback=NUMBER[:-1] + "4"), context(), T0)
    store.create(other, effects, T0)
    store.save_call(A_CALL, T0 + 180)


def test_neither_number_nor_place_is_in_the_store_or_its_files_while_a_request_is_open(redis: "Redis[Any]") -> None:
    store = RedisStore(redis, SECRET)
    fill(store)
    assert store.load("r1").callback == NUMBER
    assert (store.load("r1").place, [each.place for each in store.requests()]) == (TOWN, [TOWN, TOWN])
    assert store.load_call("CA1") == A_CALL
    everything = everything_in(redis).encode() + files_of(redis)
    assert [each for each in NEEDLES if each in everything] == []


def test_where_it_is_not_to_be_sealed_it_is_there_and_the_search_finds_it(redis: "Redis[Any]") -> None:
    number, town = "+12515550149", Place("Vredenburgh", "Monroe", "A")
    store = RedisStore(redis, SECRET, seal=PLAIN)
    request, effects = opened(draft(place=town, callback=number), context(), T0)
    store.create(request, effects, T0)
    for everything in (everything_in(redis).encode(), files_of(redis)):
        assert [each for each in (number.encode(), b"Vredenburgh", b"Monroe") if each not in everything] == []


def test_what_is_erased_is_not_sealed_and_holds_nothing(redis: "Redis[Any]") -> None:
    store = RedisStore(redis, SECRET)
    fill(store)
    for event, now in ((Closed("test"), T0), (Ticked(), T0 + 3600)):
        request = store.load("r3")
        assert store.commit(request, *step(request, event, context(), now), now)
    assert REQUEST.token(redis.hget("req:r3", "doc")) == ""
    assert not REQUEST.is_plain(redis.hget("req:r3", "doc"))


def test_a_store_with_another_key_reads_no_request_and_the_watchman_says_so(redis: "Redis[Any]") -> None:
    fill(RedisStore(redis, SECRET, seal=Seal([OLD], SECRET)))
    before = everything_in(redis)
    other = RedisStore(redis, SECRET, seal=Seal([NEW], SECRET))
    with pytest.raises(SealedElsewhere):
        other.load("r1")
    with pytest.raises(SealedElsewhere):
        other.load_call("CA1")
    assert other.requests() == [], "those that it can open are still shown"
    assert set(RedisWatch(redis, SECRET, Seal([NEW], SECRET)).facts(T0).unreadable) == {"r1", "r3"}
    assert everything_in(redis) == before


def test_who_only_looks_needs_no_key_and_writes_nothing_back(redis: "Redis[Any]") -> None:
    fill(RedisStore(redis, SECRET, seal=Seal([OLD], SECRET)))
    before = everything_in(redis)
    assert is_open(redis.hget("req:r1", "doc")), "the clocks of the machine need to know no more"
    facts = RedisWatch(redis, SECRET, PLAIN).facts(T0)
    assert facts.unreadable == ()
    assert {(each.id, each.place, each.callback) for each in facts.requests} == {("r1", Place(), ""), ("r3", Place(), "")}
    with pytest.raises(SealedElsewhere):
        RedisStore(redis, SECRET, seal=PLAIN).load("r1")
    assert everything_in(redis) == before
    assert CALLER not in before
