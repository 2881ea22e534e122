"""`python -m bridge.simulator`: the carrier in real time, with its telephones at http://host:port/.

The account comes from TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, so that no secret stands in the list of processes.
"""

import argparse
import json
import os
import sys
from pathlib import Path

from bridge.simulator.server import Simulator


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted."""
    given = _parser().parse_args(arguments)
    account, token = given.account_sid or os.environ.get("TWILIO_ACCOUNT_SID"), os.environ.get("TWILIO_AUTH_TOKEN")
    if not (account and token):
        sys.stderr.write("Set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN (any values, the same as the customer's).\n")
        return 2
    simulator = Simulator(
        account_sid=account,
        auth_token=token,
        line=given.line,
        voice_url=given.voice_url,
        sms_url=given.sms_url,
        status_url=given.status_url,
        voice_fallback_url=given.voice_fallback_url,
        real_time=True,
        host=given.host,
        port=given.port,
    )
    if given.phones:
        simulator.know(json.loads(given.phones.read_text(encoding="utf-8")))
    sys.stdout.write(f"Telephones: http://{given.host}:{given.port}/\n")
    sys.stdout.flush()
    simulator.run()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bridge.simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--account-sid", default="", help="default: TWILIO_ACCOUNT_SID")
    parser.add_argument("--line", required=True, help="the line's number, E.164")
    parser.add_argument("--voice-url", default="", help="asked when a call comes in")
    parser.add_argument("--voice-fallback-url", default="", help="asked when the voice URL fails")
    parser.add_argument("--sms-url", default="", help="asked when a text comes in")
    parser.add_argument("--status-url", default="", help="told when a call is over")
    parser.add_argument("--phones", type=Path, help='JSON: [{"name": …, "number": …, "about": …}, …]')
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
