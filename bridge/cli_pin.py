"""`bridge pin`: the line of roster.toml that gives somebody a PIN."""

import click

from bridge.core.pins import LEAST, MOST, is_pin
from bridge.settings import hash_password


def _checked(ctx: click.Context, param: click.Parameter, value: str) -> str:
    if not is_pin(value):
        raise click.BadParameter(f"a PIN has {LEAST} to {MOST} digits, not all the same and not in a row", ctx, param)
    return value


@click.command()
@click.argument("person")
@click.password_option("--pin", prompt="PIN", callback=_checked, help="Better typed than given here: others may see it.")
def pin(person: str, pin: str) -> None:
    """Print the line for roster.toml that gives PERSON (an id) a PIN. policy.toml says for which commands it is asked."""
    click.echo(f'# under the [[person]] with id = "{person}"\npin = "{hash_password(pin)}"')
