"""`bridge users`: who may log in to the status page besides those of users.toml, from the server's own terminal.

What is changed holds at once, and logs out whoever it was changed for. `bridge password` prints lines for users.toml instead.
"""

import io
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

import click

from bridge import cli_world
from bridge.actions import users as accounts
from bridge.actions.world import World
from bridge.core.rota import local
from bridge.settings import Role, User, codes, hash_password, password_fault
from bridge.settings.values import login

ROLES = [str(role) for role in Role]
TRIES = 3  # codes that do not fit, before the command gives up
NO_FACTOR = 'The role admin takes a second factor: until "bridge users totp {name}" was run, {name} cannot log in.'
FILE_FACTOR = "Without a second factor an administrator cannot log in: add --totp."


class Name(click.ParamType[str]):
    """A name to log in with."""

    name = "name"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Refuses what users.toml would not take."""
        try:
            return login(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


def _checked(ctx: click.Context, param: click.Parameter, value: str) -> str:
    fault = password_fault(value)
    if fault:
        raise click.BadParameter(fault, ctx, param)
    return value


NAME = click.argument("name", type=Name())
ROLE = click.option("--role", type=click.Choice(ROLES), default=str(Role.DISPATCH), show_default=True)
PASSWORD: Callable[..., Callable[..., object]] = click.password_option(callback=_checked)


@click.group()
def users() -> None:
    """Who may log in to the status page. watch looks; dispatch acts; admin also sees what everybody did."""


@users.command()
@NAME
@ROLE
@PASSWORD
def add(name: str, role: str, password: str) -> None:
    """Let NAME log in."""
    with _world() as world:
        accounts.add(world, name, password, Role(role))
        click.echo(f"{name} can log in now, with the role {role}.")
        _say_what_lacks(world, name)


@users.command("list")
def list_users() -> None:
    """Everybody who may log in with a password."""
    with _world() as world:
        kept, everybody = world.accounts.users(), accounts.everybody(world)
        wide = max([len(name) for name in everybody], default=0)
        for user in sorted(everybody.values(), key=lambda user: user.name.casefold()):
            click.echo(f"{user.name:<{wide}}  {user.role:<8}  {_where(world, user)}{_factor(user)}")
        for name in sorted(kept.keys() & world.settings.users.keys()):
            click.echo(
                f"{name} was added by command too; the one of users.toml counts. `bridge users remove {name}` clears it up."
            )
        if not everybody:
            click.echo("Nobody can log in yet: `bridge users add NAME`.")


@users.command()
@NAME
@click.argument("role", type=click.Choice(ROLES))
def role(name: str, role: str) -> None:
    """Give NAME another role, and log them out."""
    with _world() as world:
        accounts.give_role(world, name, Role(role))
        click.echo(f"{name} has the role {role} now.")
        _say_what_lacks(world, name)


@users.command()
@NAME
@PASSWORD
def password(name: str, password: str) -> None:
    """Give NAME a new password, and log them out."""
    with _world() as world:
        accounts.give_password(world, name, password)
        click.echo(f"{name} has a new password.")


@users.command()
@NAME
@click.option("--off", is_flag=True, help="Take it away: a password is enough again.")
def totp(name: str, off: bool) -> None:
    """Give NAME a second factor, from now on: an app that shows a code. Proved by one code before it counts."""
    with _world() as world:
        if off:
            accounts.take_factor(world, name)
            click.echo(f"{name} has no second factor any more.")
            _say_what_lacks(world, name)
            return
        accounts.check_changeable(world, name)
        secret = codes.new_secret()
        show_secret(name, secret)
        _proved(secret)
        accounts.give_factor(world, name, secret)
        click.echo(f"{name} logs in with a code from now on.")


@users.command()
@NAME
def remove(name: str) -> None:
    """Let NAME log in no more, and log them out."""
    with _world() as world:
        accounts.remove(world, name)
        still = name in world.settings.users
        click.echo(f"{name} is removed." + (f" Another {name} stands in users.toml, and can still log in." if still else ""))


@users.command("sessions")
def list_sessions() -> None:
    """Who is logged in now, and since when."""
    with _world() as world:
        found = accounts.logged_in(world)
        wide = max([len(each.user) for each in found], default=0)
        for each in found:
            click.echo(f"{each.user:<{wide}}  since {_clock(each.since)}")
        if not found:
            click.echo("Nobody is logged in.")


@users.command()
@click.argument("name")
def logout(name: str) -> None:
    """Log NAME out, in every browser. NAME as `bridge users sessions` writes it."""
    with _world() as world:
        count = accounts.log_out(world, name)
        click.echo(f"{name} is logged out everywhere; {count or 'no'} session{'' if count == 1 else 's'} ended.")


@click.command("password")
@NAME
@ROLE
@click.option("--totp", is_flag=True, help="With a second factor: an app that shows a code.")
@PASSWORD
def lines(name: str, role: str, totp: bool, password: str) -> None:
    """Print the lines for users.toml that let NAME log in to the status page."""
    secret = codes.new_secret() if totp else ""
    if secret:
        show_secret(name, secret, err=True)
        _proved(secret, err=True)
    click.echo(f'[[user]]\nname = "{name}"\npassword = "{hash_password(password)}"\nrole = "{role}"')
    if secret:
        click.echo(f'totp = "{secret}"')
    elif Role(role) is Role.ADMIN:
        click.echo(FILE_FACTOR, err=True)


def show_secret(name: str, secret: str, *, err: bool = False) -> None:
    """The secret as a picture for a telephone's camera, and in letters."""
    import segno

    uri, picture = codes.secret_uri(name, secret), io.StringIO()
    segno.make(uri, error="m").terminal(out=picture, compact=True)
    click.echo(f"Scan this with an authenticator app, or give it the address below.\n\n{picture.getvalue()}\n{uri}\n", err=err)


def _proved(secret: str, *, err: bool = False) -> None:
    """Ends the command, with nothing changed, unless the app shows the right code: nobody is to lock themselves out."""
    for _ in range(TRIES):
        code = click.prompt("The code that the app shows now", err=err)
        if codes.matching_step(secret, code, time.time()) is not None:
            return
        click.echo("That is not the code. Are the clocks of this machine and of the telephone right?", err=True)
    sys.exit("Nothing was changed.")


def _where(world: World, user: User) -> str:
    return "users.toml" if user.name in world.settings.users else "by command"


def _clock(at: float) -> str:
    there = local(at)
    return f"{there:%a %b} {there.day} {there:%H:%M %Z}"


def _factor(user: User) -> str:
    if user.totp:
        return ", second factor"
    return ", CANNOT LOG IN without a second factor" if user.lacks_factor else ""


def _say_what_lacks(world: World, name: str) -> None:
    if accounts.everybody(world)[name].lacks_factor:
        click.echo(NO_FACTOR.format(name=name))


def _world() -> AbstractContextManager[World]:
    return cli_world.running("bridge users list")
