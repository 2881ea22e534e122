"""The second factor: six digits that change every half minute (TOTP, RFC 6238), made by an app on a telephone."""

import hmac
import re

import pyotp

STEP = 30  # seconds that a code is shown
TOLERATED = 1  # steps that a telephone's clock may be off, either way
KEPT = STEP * (2 * TOLERATED + 1)  # seconds in which a code could be used a second time
ISSUER = "Peer support bridge"  # what the app shows


def new_secret() -> str:
    """A secret (base32) for the app and for us."""
    return pyotp.random_base32()


def is_secret(text: str) -> bool:
    """Whether the text is a secret of at least 128 bits in base32, as apps take it."""
    return re.fullmatch(r"[A-Z2-7]{26,128}", text, re.ASCII) is not None


def secret_uri(name: str, secret: str) -> str:
    """What an app reads from the picture: whose secret it is, and the secret."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)


def matching_step(secret: str, code: str, now: float) -> int | None:
    """Which half minute (counted since 1970) this is the code of, where that is now, or just before or after; else None."""
    typed = re.sub(r"\s", "", code)
    if not re.fullmatch(r"[0-9]{6}", typed, re.ASCII):
        return None
    here = int(now) // STEP
    for step in range(here - TOLERATED, here + TOLERATED + 1):
        if hmac.compare_digest(pyotp.TOTP(secret, interval=STEP).generate_otp(step), typed):
            return step
    return None
