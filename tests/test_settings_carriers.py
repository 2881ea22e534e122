"""[[carrier]] of policy.toml: other accounts at a carrier, whose tokens stand in the environment."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from bridge import wiring
from bridge.cli import main
from bridge.core.errors import BadConfig
from bridge.settings import Account, load, warnings
from bridge.simulator import Simulator

SAMPLE = Path(__file__).parent.parent / "config"
MAIN, SECOND, TOKEN = "AC" + "0" * 32, "AC" + "2" * 32, "f" * 32
LIVE = {
    "TWILIO_ACCOUNT_SID": MAIN,
    "TWILIO_AUTH_TOKEN": TOKEN,
    "BRIDGE_LINE_NUMBER": "+18005550199",
    "SECOND_AUTH_TOKEN": "second-token",
}
CARRIER = f"""
[[carrier]]
name = "second"
account = "{SECOND}"
token_env = "SECOND_AUTH_TOKEN"
line = "(800) 555-0198"
"""


@pytest.fixture(autouse=True)
def policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """policy.toml of a copy of the sample, where the program would look for it."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(SAMPLE, "config")
    return Path("config/policy.toml")


def add(policy: Path, text: str) -> int:
    """Returns the line that the text begins in."""
    before = policy.read_text("utf-8")
    policy.write_text(before + text, "utf-8")
    return before.count("\n") + 1


def faults(environ: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(BadConfig) as caught:
        load(LIVE if environ is None else environ)
    return str(caught.value.details["faults"]).split("\n    ")


def test_without_any_there_is_the_account_of_the_environment_alone() -> None:
    settings = load({**LIVE, "TWILIO_AUTH_TOKEN_SECONDARY": "other"})
    assert settings.accounts == (Account("main", MAIN, (TOKEN, "other"), "+18005550199"),)
    assert settings.own_numbers == {"+18005550199"}


def test_the_example_of_the_sample_is_as_it_should_be_written(policy: Path) -> None:
    text = policy.read_text("utf-8")
    example = [line.removeprefix("# ") for line in text[text.index("# [[carrier]]") :].splitlines()]
    add(policy, "\n".join(["", *example, ""]).replace("AC" + "0" * 32, SECOND))
    (found,) = load(LIVE).fallbacks
    assert (found.sid, found.line, found.base_url) == (SECOND, "+18005550198", "https://carrier.example.org")


def test_each_account_has_its_own_line_and_tokens_and_they_stand_in_the_order_of_the_file(policy: Path) -> None:
    third = CARRIER.replace('"second"', '"third"').replace(SECOND, "9e6c-id").replace("0198", "0197").replace("SECOND", "THIRD")
    add(policy, CARRIER + third + 'url = "http://carrier.example.org:8080/"\n')
    settings = load({**LIVE, "SECOND_AUTH_TOKEN_SECONDARY": " next ", "THIRD_AUTH_TOKEN": "third-token"})
    assert settings.accounts[1:] == (
        Account("second", SECOND, ("second-token", "next"), "+18005550198"),
        Account("third", "9e6c-id", ("third-token",), "+18005550197", "http://carrier.example.org:8080"),
    )
    assert settings.own_numbers == {"+18005550199", "+18005550198", "+18005550197"}
    assert [settings.line_of(sid) for sid in (SECOND, "9e6c-id", MAIN, "", "another")] == [
        "+18005550198", "+18005550197", *["+18005550199"] * 3,
    ]  # fmt: skip
    assert "second-token" not in repr(settings)


def test_on_this_machine_alone_they_are_checked_and_not_used(policy: Path) -> None:
    add(policy, CARRIER)
    settings = load({})
    assert (settings.local, settings.fallbacks) == (True, ())
    add(policy, CARRIER)
    assert len(faults({})) == 3, "name, account and line stand there twice"


def test_a_number_for_examples_is_warned_of(policy: Path) -> None:
    add(policy, CARRIER)
    assert any("the line of the carrier second is +18005550198, a number for examples" in w for w in warnings(load(LIVE), 0.0))


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ('name = "second"\n', "", 1, 'name is missing; write name = "second"'),
        ('"second"', '"The second"', 2, 'name "The second" is not a simple name; write small letters'),
        ('"second"', '"main"', 2, 'name "main" is that of the account in the environment; write another one'),
        ('account = "', 'acount = "', 3, 'acount is not known here; did you mean "account"?'),
        (SECOND, SECOND[:-1], 3, 'is not Twilio\'s; write AC and its 32 hex digits, or add a url'),
        (SECOND, "a/b", 3, 'account "a/b" is not an account; write its id as the carrier shows it'),
        (f'"{SECOND}"', "5", 3, "account 5 is not text in quotes; write account = "),
        (SECOND, MAIN, 3, "is TWILIO_ACCOUNT_SID; write another account, or leave it out"),
        ('"SECOND_AUTH_TOKEN"', f'"{TOKEN}"', 4, "token_env is not the name of a variable, of capital letters, digits and _; "),
        ('"SECOND_AUTH_TOKEN"', "747474", 4, "token_env (not shown) is not text in quotes; write token_env = "),
        ("SECOND_AUTH_TOKEN", "ANOTHER_TOKEN", 4, "ANOTHER_TOKEN is not set; put the token of this account into ANOTHER_TOKEN"),
        ('token_env = "SECOND_AUTH_TOKEN"\n', "", 1, 'token_env is missing; write token_env = "'),
        ("(800) 555-0198", "555-0198", 5, 'line "555-0198" is not a number that can be called; write it as'),
        ("(800) 555-0198", "800-555-0199", 5, 'line "+18005550199" is the main line; write the number of this account'),
        ("[[carrier]]", "[carrier]", 1, "carrier {"),
        ('0198"\n', '0198"\nurl = "carrier.example.org"\n', 6, "url is not a web address; write it as "),
        ('0198"\n', '0198"\nurl = "https://me:secret@carrier.example.org"\n', 6, "url is not a web address; write it as "),
        ('0198"\n', '0198"\nurl = "https://carrier.example.org?key=secret"\n', 6, "url is not a web address; write it as "),
        ('0198"\n', '0198"\nurl = "https://[carrier"\n', 6, "url is not a web address; write it as "),
        ('0198"\n', '0198"\nurl = 5\n', 6, 'url 5 is not text in quotes; write url = "https://carrier.example.org"'),
    ],
)  # fmt: skip
def test_a_fault_names_its_line_and_what_to_write(policy: Path, old: str, new: str, line: int, says: str) -> None:
    assert old in CARRIER
    first = add(policy, CARRIER.replace(old, new, 1))
    found = faults()
    assert [fault for fault in found if fault.startswith(f"config/policy.toml:{first + line}: ") and says in fault], found
    assert not [fault for fault in found if TOKEN in fault or "747474" in fault or "secret" in fault], "a token is not shown"


def test_what_stands_there_twice_is_told_with_both_lines(policy: Path) -> None:
    first = add(policy, CARRIER + CARRIER)
    assert [fault.partition(" stands in line ")[2].partition(" ")[0] for fault in faults()] == [
        str(first + line) for line in (2, 3, 5)
    ]


def test_nobody_on_the_roster_has_the_number_of_an_account(policy: Path) -> None:
    add(policy, CARRIER.replace("(800) 555-0198", "+12565550113"))
    (fault,) = faults()
    assert fault.startswith("config/roster.toml:")
    assert 'phone "+12565550113" is the line itself' in fault


def test_the_accounts_that_are_configured_are_those_that_are_asked(policy: Path) -> None:
    with (
        Simulator(account_sid=MAIN, auth_token=TOKEN, line="+18005550199") as main_one,
        Simulator(account_sid="any-id", auth_token="second-token", line="+18005550198") as other,
    ):
        add(policy, CARRIER.replace(SECOND, "any-id") + f'url = "{other.base_url}"\n')
        carriers = wiring.carriers(load({**LIVE, "TWILIO_BASE_URL": main_one.base_url, "BRIDGE_SECRET_KEY": "s" * 32}))
        for _, carrier in carriers:
            carrier.send_text("+12565550113", "ALLEAPS 412", "http://127.0.0.1:9/nowhere")
        assert [name for name, _ in carriers] == ["main", "second"]
        assert [sim.messages[0].sender for sim in (main_one, other)] == ["+18005550199", "+18005550198"]


@pytest.mark.parametrize(("options", "line"), [((), "+18005550199"), (("--carrier", "second"), "+18005550198")])
def test_the_document_for_when_the_bridge_is_down_shows_the_line_of_its_account(
    policy: Path, options: tuple[str, ...], line: str
) -> None:
    add(policy, CARRIER)
    done = CliRunner().invoke(main, ["fallback-twiml", *options], env={**LIVE, "REDIS_URL": "", "BRIDGE_DATA": "var"})
    assert (done.exit_code, f'callerId="{line}"' in done.output) == (0, True), done.output


def test_a_document_for_an_account_that_nobody_knows_is_refused_with_those_that_are_known(policy: Path) -> None:
    add(policy, CARRIER)
    done = CliRunner().invoke(main, ["fallback-twiml", "--carrier", "third"], env={**LIVE, "BRIDGE_DATA": "var"})
    assert (done.exit_code, "no carrier in use is called third; write one of main, second" in done.output) == (2, True)


def test_a_blank_token_is_none(policy: Path) -> None:
    add(policy, CARRIER)
    (fault,) = faults({**LIVE, "SECOND_AUTH_TOKEN": " "})
    assert "SECOND_AUTH_TOKEN is not set" in fault
