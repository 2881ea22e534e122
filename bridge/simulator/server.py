"""The carrier as a running HTTP server, driven from Python."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Self

from flask import Flask

from bridge.simulator import panel, rest
from bridge.simulator.carrier import Carrier
from bridge.simulator.clock import Clock, utc_now
from bridge.simulator.doorway import Doorway
from bridge.simulator.faults import Faults
from bridge.simulator.journal import Journal
from bridge.simulator.leg import CallLeg
from bridge.simulator.model import OwnedNumber, TextMessage, new_sid
from bridge.simulator.phones import Phone
from bridge.simulator.traffic import CallStarted, TextSent


class Simulator:
    """A carrier with one line, served on a loopback port. Use it as a context manager, or call start and stop."""

    def __init__(
        self,
        *,
        account_sid: str,
        auth_token: str,
        line: str,
        voice_url: str = "",
        sms_url: str = "",
        status_url: str = "",
        voice_fallback_url: str = "",
        real_time: bool = False,
        clock: Clock = utc_now,
        retention_feature: bool = False,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.carrier = Carrier(account_sid, auth_token, real_time=real_time, clock=clock, retention_feature=retention_feature)
        self.carrier.own(
            OwnedNumber(
                line,
                new_sid("PN"),
                clock(),
                voice_url=voice_url,
                sms_url=sms_url,
                status_callback=status_url,
                voice_fallback_url=voice_fallback_url,
            )
        )
        self.arrivals: list[rest.Arrival] = []
        self.app = self._application()
        self._door = Doorway(self.app, host, port)
        self.carrier.faults.on_refuse = self._door.close_for

    # the server

    def start(self) -> Self:
        """Serve in a thread; `base_url` is known from here on."""
        self._door.open()
        return self

    def run(self) -> None:
        """Serve until interrupted."""
        self._door.open()
        with suppress(KeyboardInterrupt):
            threading.Event().wait()

    def stop(self) -> None:
        """Stop serving and forget what is still to be done."""
        self.carrier.faults.clear()
        self.carrier.background.stop()
        self._door.lock_up()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    @property
    def base_url(self) -> str:
        """Where the REST API is: what `TWILIO_BASE_URL` should be."""
        return self._door.url

    # what a test sees and does

    @property
    def line(self) -> str:
        """The line's number."""
        return self.carrier.line.phone_number

    @property
    def journal(self) -> Journal:
        """Everything that happened."""
        return self.carrier.journal

    @property
    def faults(self) -> Faults:
        """The switches for what goes wrong."""
        return self.carrier.faults

    @property
    def messages(self) -> list[TextMessage]:
        """All texts, oldest first."""
        return self.carrier.texting.listed()[::-1]

    @property
    def calls(self) -> list[CallLeg]:
        """All calls, oldest first."""
        return self.carrier.listed_calls()[::-1]

    def texts_sent(self) -> list[TextSent]:
        """Every text that was accepted for sending, deleted or not, oldest first."""
        return self.carrier.traffic.texts

    def calls_started(self) -> list[CallStarted]:
        """Every call that was accepted from the REST API, deleted or not, oldest first."""
        return self.carrier.traffic.calls

    def phone(self, number: str) -> Phone:
        """The phone of this number; a new one is in a person's hand: its calls ring until answered."""
        return self.carrier.phone(number)

    def know(self, phones: list[dict[str, str]]) -> None:
        """Put phones on the page from the start: each with `name`, `number` and `about`."""
        for each in phones:
            phone = self.carrier.phone(each["number"], "known")
            phone.kind, phone.name, phone.about = "known", each.get("name", ""), each.get("about", "")

    def configure(self, **urls: str) -> None:
        """Change the line: voice_url, sms_url, status_callback, voice_fallback_url, sms_fallback_url."""
        for name, url in urls.items():
            if not hasattr(self.carrier.line, name):
                raise AttributeError(name)
            setattr(self.carrier.line, name, url)

    def settle(self, limit: float = 20.0) -> None:
        """Wait until every call rang, every text arrived and every status callback was sent.

        TimeoutError after `limit` seconds.
        """
        self.carrier.background.settle(limit)

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Meanwhile nobody can connect; the carrier itself goes on, and asks its customer as ever."""
        self._door.close()
        try:
            yield
        finally:
            self._door.open()

    def release_receipts(self) -> None:
        """Send the status callbacks that the fault `delayed` holds."""
        self.carrier.receipts.release()

    def _application(self) -> Flask:
        app = Flask(__name__, static_folder="static", static_url_path="/static")
        app.register_blueprint(rest.blueprint(self.carrier, self.arrivals))
        app.register_blueprint(panel.blueprint(self.carrier))
        app.add_url_rule("/", "telephones", lambda: app.send_static_file("telephones.html"))
        return app
