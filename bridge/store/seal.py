"""What is private in a stored document is sealed: place and number are never written where a disk, a replica, a backup or the
store's own memory would show them.

The cipher is Fernet of `cryptography`: encrypted and authenticated, with several keys at once, so that they can be rotated. The
first key seals, and all of them open. One that is derived from the secret is always the last, so that what was sealed before
BRIDGE_SEAL_KEYS was set can be opened after.

What is sealed says to which document it belongs: a token that was moved to another document is refused. It is filled up to the
same length, so that it does not tell how long a place's name is, and it carries no time.
"""

import base64
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Generic, TypeVar

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import TypeAdapter, ValidationError

from bridge.core.errors import SealedElsewhere
from bridge.core.intake import Call
from bridge.core.model import Place, Request
from bridge.settings.environment import NOT_SEALED
from bridge.store.versions import Format

T = TypeVar("T")

FILLED = 256  # bytes: what is sealed has this length, or a multiple of it
_TOKEN = re.compile(rb'"sealed": ?"([A-Za-z0-9_=-]*)"')  # within a text of the document the quotes would not stand like this
_SEALED = re.compile(rb'"sealed" *:')  # the field, and not somebody's word
NO_TIME = 0  # a token begins with the time at which it was made: nobody needs it


class Seal:
    """The keys, as BRIDGE_SEAL_KEYS gives them: none of them where it is not set. `secret` is what one more is derived from."""

    def __init__(self, keys: Sequence[str], secret: str) -> None:
        every = [*(key for key in keys if key != NOT_SEALED), derived(secret)]
        self._fernets = [Fernet(key) for key in every]
        self._all = MultiFernet(self._fernets)
        self.seals = NOT_SEALED not in keys

    def seal(self, about: str, words: bytes) -> str:
        """A token that holds these words, for the document `about` alone."""
        filled = json.dumps([about, words.decode()]).encode()
        filled += b" " * (-len(filled) % FILLED)
        return self._fernets[0].encrypt_at_time(filled, NO_TIME).decode()

    def open(self, about: str, token: str) -> bytes:
        """The words. Raises SealedElsewhere where no key opens the token, and ValueError where it is about something else."""
        kind, _, _ = about.partition(" ")
        try:
            whose, words = json.loads(self._all.decrypt(token))
        except InvalidToken:
            raise SealedElsewhere(kind=kind) from None
        if whose != about:
            raise ValueError(f"a stored {kind} cannot be read: what is sealed in it belongs to another document")
        return str(words).encode()

    def is_latest(self, token: str) -> bool:
        """Whether it was sealed with the first key."""
        try:
            self._fernets[0].decrypt(token)
        except InvalidToken:
            return False
        return True


def derived(secret: str) -> str:
    """The key that is used where none is given: the same in every process, and it tells nothing about the secret."""
    hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"the bridge seals what it stores")
    return base64.urlsafe_b64encode(hkdf.derive(secret.encode(errors="surrogateescape"))).decode()


@dataclass(frozen=True)
class OfRequest:
    """What is private in a request."""

    place: Place = Place()
    callback: str = ""


@dataclass(frozen=True)
class OfCall:
    """What is private in a call."""

    caller_id: str = ""
    callback: str = ""
    place: Place = Place()
    candidates: tuple[Place, ...] = ()


class Sealed(Generic[T]):
    """Documents of this kind whose private fields are sealed. `name` is the field that says which one it is."""

    def __init__(self, kind: str, type_: type[T], private: type[Any], name: str) -> None:
        self.kind, self.plain = kind, Format(kind, type_)
        self._name, self._private = name, TypeAdapter[Any](private)
        self._none = private()
        self._fields = [field.name for field in fields(private)]

    def write(self, value: T, seal: Seal) -> bytes:
        """The document. Where there is nothing to seal, or `seal` seals nothing, it is plain."""
        private = self._private_of(value)
        if private == self._none or not seal.seals:
            return self.plain.write(value, plain=True)
        token = seal.seal(self._about(value), self._private.dump_json(private))
        bare = self.plain.write(replace(value, **vars(self._none)))  # type: ignore[type-var]  # a dataclass
        return b'%s,"sealed":"%s"}' % (bare[:-1], token.encode())

    def read(self, document: bytes, seal: Seal) -> T:
        """What it says. Raises TooNew, SealedElsewhere, and ValueError without the document, which may hold a number."""
        value, token = self.blind(document), self.token(document)
        if not token:
            return value
        words = seal.open(self._about(value), token)
        try:
            return replace(value, **vars(self._private.validate_json(words)))  # type: ignore[type-var]
        except ValidationError:
            raise ValueError(f"a stored {self.kind} cannot be read: what is sealed in it means nothing") from None

    def blind(self, document: bytes) -> T:
        """What it says without its seal: place and numbers are empty. For who only looks: it must never be written back."""
        return self.plain.read(document)

    def token(self, document: bytes) -> str:
        """What is sealed in it, as it stands there; "" for nothing. Raises ValueError where it is no token."""
        found = _TOKEN.search(document)
        if not found and _SEALED.search(document):
            raise ValueError(f"a stored {self.kind} cannot be read: what is sealed in it means nothing")
        return found[1].decode() if found else ""

    def is_plain(self, document: bytes) -> bool:
        """Whether something private stands in it as it is. Raises as `blind` does."""
        return bool(self._private_of(self.blind(document)) != self._none)

    def is_latest(self, document: bytes, seal: Seal) -> bool:
        """Whether it is sealed as it would be now. Raises as `blind` does."""
        token = self.token(document)
        if token:
            return seal.seals and seal.is_latest(token)
        return not (seal.seals and self.is_plain(document))

    def _private_of(self, value: T) -> Any:
        return replace(self._none, **{name: getattr(value, name) for name in self._fields})

    def _about(self, value: T) -> str:
        return f"{self.kind} {getattr(value, self._name)}"


REQUEST = Sealed("request", Request, OfRequest, "id")
CALL = Sealed("call", Call, OfCall, "sid")
