"""The agency's own log-in (OpenID Connect): the provider says who somebody is, and a claim of theirs says what they may do.

Code flow with PKCE, state and nonce, by Authlib. Nothing that the provider hands out is kept but the name and the role, in the
session; no token is logged. The provider is asked only when somebody wants in: while it is away, passwords still work.
"""

import threading
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from authlib.integrations.flask_client import FlaskIntegration, FlaskOAuth2App, OAuthError
from flask import Blueprint, redirect, request, session
from joserfc.errors import JoseError
from werkzeug.wrappers import Response as AnyResponse

from bridge.actions.world import World
from bridge.settings import Oidc, User
from bridge.web import sessions
from bridge.web.door import record
from bridge.web.hardening import refused

log = structlog.get_logger(__name__)

BACK = "/login/provider/back"  # registered with the provider, under the public address
SCOPE = "openid profile email"
TIMEOUT = 5.0  # seconds for each answer of the provider
AT_ONCE = 2  # a provider that hangs must not take the threads that calls need
PATIENCE = 2.0  # seconds that a log-in waits for its turn
LONGEST = 64  # characters of a name
# A signature that anybody could make, or that takes a secret that is no key, proves nothing.
SIGNATURES = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")

NOT_OURS = "This log-in was not begun in this browser, or was ended already. Begin again."
DENIED = "{provider} did not let you in. Begin again, or log in with a name and password of this page."
SILENT = (
    "{provider} does not answer as it should, so nobody can log in that way now. A name and password of this page still works."
)
BUSY = "Too many log-ins at once. Try again in a few seconds."
NO_ROLE = "{provider} knows you as {name}, but gives you no role here. Ask whoever runs the bridge for one."


class Unusable(Exception):
    """What the provider says cannot be used."""


def add_routes(bp: Blueprint, world: World, oidc: Oidc) -> None:
    """`/login/provider`, which leads to the provider, and where it leads back to."""
    provider = _Provider(world, oidc)

    @bp.get("/login/provider")
    def provider_login() -> AnyResponse:
        return provider.begin(sessions.safe(request.args.get("next", "")))

    @bp.get(BACK)
    def provider_back() -> AnyResponse:
        return provider.end()


class _Provider:
    """The provider, as far as it has said where its addresses and keys are."""

    def __init__(self, world: World, oidc: Oidc) -> None:
        self._world, self._oidc = world, oidc
        self._client = _client(oidc)
        self._turn = threading.BoundedSemaphore(AT_ONCE)

    def begin(self, target: str) -> AnyResponse:
        """Send the browser to the provider."""
        for name in [name for name in session if name.startswith("_state_")]:  # the cookie holds one attempt at a time
            session.pop(name)
        session["next"] = target
        return self._asked(self._lead_there)

    def end(self) -> AnyResponse:
        """Log in whoever the provider sends back, or say why not."""
        if f"_state_oidc_{request.args.get('state', '')}" not in session:
            return refused(400, NOT_OURS, log_in=True)
        return self._asked(self._let_in)

    def _asked(self, ask: Callable[[], AnyResponse]) -> AnyResponse:
        """What asking the provider leads to, whatever it answers."""
        if not self._turn.acquire(timeout=PATIENCE):
            return refused(503, BUSY, log_in=True)
        try:
            return ask()
        except (OAuthError, JoseError) as error:
            if isinstance(error, JoseError):
                self._client = _client(self._oidc)  # the keys that it had before may be what is wrong
            log.warning("the provider did not let somebody in", error=type(error).__name__)
            return refused(403, DENIED.format(provider=self._oidc.name), log_in=True)
        except Exception as error:  # noqa: BLE001  it may answer anything, or nothing
            log.warning("the provider cannot be used", error=type(error).__name__)
            self._client = _client(self._oidc)  # what it said before may be what is wrong
            return refused(502, SILENT.format(provider=self._oidc.name), log_in=True)
        finally:
            self._turn.release()

    def _lead_there(self) -> AnyResponse:
        self._metadata()
        away: AnyResponse = self._client.authorize_redirect(self._world.settings.public_url + BACK)
        return away

    def _let_in(self) -> AnyResponse:
        claims = self._claims()
        name, role = f"{_name(claims)} ({self._oidc.name})", self._oidc.role(claims.get(self._oidc.claim))
        target = sessions.safe(str(session.get("next", "")))
        if role is None:
            sessions.log_out(self._world)
            record(self._world, name, "was refused at the log-in: no role")
            return refused(403, NO_ROLE.format(provider=self._oidc.name, name=_name(claims)), log_in=True)
        sessions.let_in(self._world, User(name, "", role), by_provider=True)
        record(self._world, name, f"logged in with the role {role}")
        return redirect(target, 303)

    def _claims(self) -> Mapping[str, Any]:
        """What the provider says of whoever comes back: signed by it, for us, for this very attempt."""
        issuer = self._metadata()["issuer"]
        wanted = {"iss": {"essential": True, "value": issuer}, "aud": {"essential": True, "value": self._oidc.client_id}}
        token = self._client.authorize_access_token(claims_options=wanted)
        said = token.get("userinfo")
        if not said:
            raise Unusable
        return said if self._oidc.claim in said else {**self._more(token, said["sub"]), **said}

    def _more(self, token: Mapping[str, Any], sub: str) -> Mapping[str, Any]:
        """Some providers tell groups only where they are asked once more; the answer must be about the same person."""
        if "userinfo_endpoint" not in self._metadata():
            return {}
        more: Mapping[str, Any] = self._client.userinfo(token=token)
        return more if more.get("sub") == sub else {}

    def _metadata(self) -> dict[str, Any]:
        """Where the provider's addresses are. Raises Unusable where it is another one."""
        found: dict[str, Any] = self._client.load_server_metadata()
        if str(found.get("issuer", "")).rstrip("/") != self._oidc.issuer:
            raise Unusable
        offered = found.get("id_token_signing_alg_values_supported") or []
        found["id_token_signing_alg_values_supported"] = [each for each in offered if each in SIGNATURES] or ["RS256"]
        return found


def _client(oidc: Oidc) -> Any:
    return FlaskOAuth2App(
        FlaskIntegration("oidc"),
        "oidc",
        client_id=oidc.client_id,
        client_secret=oidc.client_secret,
        server_metadata_url=f"{oidc.issuer}/.well-known/openid-configuration",
        client_kwargs={"scope": SCOPE, "code_challenge_method": "S256", "default_timeout": TIMEOUT},
    )


def _name(claims: Mapping[str, Any]) -> str:
    """What the provider calls this person, in one line."""
    said = (str(claims.get(claim) or "") for claim in ("preferred_username", "email", "sub"))
    clean = ("".join(c for c in name if c.isprintable()).strip()[:LONGEST] for name in said)
    return next(filter(None, clean), "somebody")
