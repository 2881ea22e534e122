"""The `bridge` command."""

import signal
import sys
import time
from collections.abc import Callable, Iterable
from urllib.request import urlopen

import click

from bridge import (
    cli_audit,
    cli_audit_log,
    cli_doctor,
    cli_fallback,
    cli_pin,
    cli_privacy,
    cli_rota,
    cli_store,
    cli_users,
    cli_world,
    logs,
    processes,
)
from bridge.settings import DEMO_USERS, Settings, demo_password, demo_totp, warnings

READY_WITHIN = 30.0  # seconds


@click.group()
@click.pass_context
def main(context: click.Context) -> None:
    """The bridge between a call for peer support and the coordinator on duty."""
    logs.configure()
    processes.leave_no_core()
    processes.ask_names_quickly()
    context.obj = processes.pace()


main.add_command(cli_rota.oncall)
main.add_command(cli_rota.rota)
main.add_command(cli_users.users)
main.add_command(cli_fallback.fallback_twiml)
main.add_command(cli_doctor.doctor)
main.add_command(cli_users.lines)
main.add_command(cli_pin.pin)
main.add_command(cli_store.backup)
main.add_command(cli_store.restore)
main.add_command(cli_store.seal)
main.add_command(cli_audit.audit)
main.add_command(cli_privacy.privacy)
main.add_command(cli_audit_log.audit_log)
main.add_command(cli_audit.alarm_test)


@main.command()
def run() -> None:
    """Start everything, supervised. Ctrl-C stops it. Without a Twilio account, on a local carrier."""
    settings = cli_world.trusted()
    try:
        processes.check_port(settings.host, settings.port)
    except processes.NoPort as error:
        sys.exit(str(error))
    processes.become_supervisor(settings)


@main.command()
def check() -> None:
    """Check the configuration without starting anything."""
    from bridge.calendars.refresh import file_faults

    settings = cli_world.settings()
    for warning in [*warnings(settings, time.time()), *file_faults(settings, time.time())]:
        click.echo(f"warning: {warning}")
    click.echo(f"The configuration in {settings.config} is valid.")


@main.command()
@click.option("--mend", is_flag=True, help="Cut a file that is damaged where it can be read no further, keep a copy, and end.")
@click.pass_obj
def store(again: bool, *, mend: bool) -> None:
    """Be the embedded store."""
    from bridge.store import damage
    from bridge.store.server import become_server

    data = cli_world.settings().data
    if mend:
        return cli_world.mend(data)
    processes.die_with_parent()
    if again and (found := damage.find(data)):  # it has ended at once: this may be why
        click.echo(damage.told(found), err=True)
    become_server(data)


@main.command()
def web() -> None:
    """Be the web process."""
    processes.die_with_parent()
    processes.become_web(cli_world.trusted(wait=True))


@main.command()
def worker() -> None:
    """Be a worker: it sends."""
    from workers.worker import run as work

    _background(work)


@main.command()
def clock() -> None:
    """Be a clock: it finds what is due."""
    from workers.clock import run as tick

    _background(tick)


@main.command()
def calendars() -> None:
    """Be the reader of the calendars that people keep elsewhere."""
    from workers.calendars import run as read

    _background(read)


@main.command()
def carrier() -> None:
    """Be the local carrier, with telephones in a browser."""
    processes.die_with_parent()
    processes.become_carrier(cli_world.settings())


@main.command()
def welcome() -> None:
    """Wait until everything answers, then say where."""
    settings = cli_world.settings()
    if not _ready(settings):
        sys.exit("The bridge is not ready yet: look at what the processes say above.")
    click.echo(_greeting(settings))


@main.command()
@click.option("--from", "caller", default="+12565550177", show_default=True, help='The number that calls, or "anonymous".')
@click.option("--zip", "zip_code", help="The ZIP that the caller keys.")
@click.option("--say", "spoken", help="The place that the caller says instead.")
@click.option("--number", help="The number the caller keys to be called back on; else the one they call from.")
@click.option("--listen", default=15.0, show_default=True, help="Seconds to listen for pages after the last thing heard.")
@click.option("--stay", is_flag=True, help="Stay on the line after the promise, instead of hanging up.")
def call(*, caller: str, zip_code: str | None, spoken: str | None, number: str | None, listen: float, stay: bool) -> None:
    """Play one call on the local carrier, and print what everybody hears."""
    from bridge.simulator.client import HangUp, Keys, Silence, Telephones, Words

    settings = cli_world.settings()
    if not settings.local:
        sys.exit("This plays on the local carrier only, and a Twilio account is configured.")
    where = Words(spoken) if spoken else Keys(zip_code or "36203")
    callback = [Keys(number), Keys("1")] if number else [Keys("1"), Silence()]
    end = [] if stay else [HangUp()]
    try:
        Telephones(settings.carrier_url).play(caller, [where, Keys("1"), *callback, *end], listen=listen, tell=click.echo)
    except OSError:
        sys.exit(f"The local carrier does not answer at {settings.carrier_url}: start it with `make run`.")


def _background(work: Callable[[], None]) -> None:
    processes.die_with_parent(signal.SIGKILL)  # a store that died with the parent would be waited for, minutes long
    cli_world.trusted(wait=True)
    work()


def _greeting(settings: Settings) -> str:
    """Where everything is, for whoever has just started it."""
    lines = ["", "The bridge is up.", f"  status page   {settings.public_url}/"]
    if settings.local:
        lines += [
            f"                log in as {_either(DEMO_USERS)}, password {demo_password(settings.secret_key)}",
            f"                admin takes a code too: give {demo_totp(settings.secret_key)} to an authenticator app",
            f"  telephones    {settings.carrier_url}/",
            "  one call      .venv/bin/bridge call --from +12565550177 --zip 36203",
            "No Twilio account is configured: nothing leaves this machine. Ctrl-C stops everything.",
        ]
    return "\n".join([*lines, ""])


def _either(names: Iterable[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} or {last}"


def _ready(settings: Settings) -> bool:
    give_up = time.monotonic() + READY_WITHIN
    while time.monotonic() < give_up:
        try:
            with urlopen(f"{_here(settings)}/health/ready", timeout=2):  # noqa: S310  our own address
                return True
        except OSError:  # not there yet, or not ready
            time.sleep(0.1)
    return False


def _here(settings: Settings) -> str:
    host = "127.0.0.1" if settings.host == "0.0.0.0" else settings.host  # noqa: S104
    return f"http://{host}:{settings.port}"
