"""`bridge fallback-twiml`: what a caller hears, and a coordinator reads, when the bridge itself is down."""

import click

from bridge import cli_world
from bridge.settings import MAIN


@click.command("fallback-twiml")
@click.option("--sms", is_flag=True, help="The document for texts, instead of the one for calls.")
@click.option("--carrier", default=MAIN, metavar="NAME", help="For the number of this [[carrier]] of policy.toml.")
def fallback_twiml(*, sms: bool, carrier: str) -> None:
    """Print a static document for the number's fallback URL.

    Put it on other infrastructure than the bridge's, to be served as text/xml for GET, and set it in the carrier's console: for
    calls under "Primary handler fails", for texts under the same of Messaging. Make it anew when the desk's number changes.
    Each account needs one of its own: its calls may show no number but its line.
    """
    from bridge.carrier import down

    found = cli_world.settings()
    if sms:
        click.echo(down.for_texts(found))
        return
    accounts = {account.name: account for account in found.accounts}
    if carrier not in accounts:
        raise click.BadParameter(
            f"no carrier in use is called {carrier}; write one of {', '.join(accounts)}", param_hint="--carrier"
        )
    click.echo(down.for_calls(found, accounts[carrier]))
