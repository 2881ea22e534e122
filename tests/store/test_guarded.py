"""A store on another machine: over TLS, with a password, and what an address may say of it."""

from pathlib import Path

import pytest

from bridge.core.errors import BadConfig
from bridge.settings import load, warnings
from bridge.settings.store_url import is_store, unguarded
from tests.stories.story import NIGHT, ROOT

SECRET = "k" * 40
AWAY = "rediss://bridge:hush@store.example.org:6379/0"


def said(url: str, tmp_path: Path, **more: str) -> str:
    """What is wrong with the settings with a store at this address."""
    ours = {"BRIDGE_CONFIG": str(ROOT / "config"), "BRIDGE_DATA": str(tmp_path), "BRIDGE_SECRET_KEY": SECRET}
    try:
        load({**ours, "REDIS_URL": url, **more})
    except BadConfig as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    "url",
    [
        "unix:///run/valkey.sock", "unix:///run/valkey.sock?db=1", "redis://127.0.0.1", "redis://[::1]:6379/0", "redis://localhost:1/",
        "rediss://127.0.0.1:6379/0", AWAY, AWAY + "?db=1", "redis+sentinel://127.0.0.1:1,localhost:2/line",
        "redis+sentinel://[::1]:1/line", "rediss+sentinel://u:p@a,b/line",
    ],
)  # fmt: skip
def test_a_store_of_this_machine_and_one_behind_tls_and_a_password_are_taken(url: str, tmp_path: Path) -> None:
    assert said(url, tmp_path) == ""


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("redis://bridge:hush@10.0.0.5/0", "without TLS"),
        ("redis://store/0", "without TLS"),
        ("redis://0.0.0.0/0", "without TLS"),
        ("redis+sentinel://u:hush@127.0.0.1,10.0.0.5/line", "without TLS"),
        ("rediss://store.example.org/0", "without a password"),
        ("rediss://bridge@store.example.org/0", "without a password"),
        ("rediss://bridge:@store.example.org/0", "without a password"),
        ("rediss+sentinel://a/line?sentinel_password=hush", "without a password"),
    ],
)
def test_a_store_that_others_could_read_is_refused_unless_somebody_says_so(url: str, why: str, tmp_path: Path) -> None:
    told = said(url, tmp_path)
    assert f"REDIS_URL speaks to another machine {why}" in told
    assert "BRIDGE_STORE_UNGUARDED=yes" in told
    assert "hush" not in told
    assert said(url, tmp_path, BRIDGE_STORE_UNGUARDED="yes") == ""
    assert "BRIDGE_STORE_UNGUARDED 'true' is not understood" in said(url, tmp_path, BRIDGE_STORE_UNGUARDED="true").replace(
        '"', "'"
    )


def test_whoever_has_said_so_is_told_again(tmp_path: Path) -> None:
    environ = {"BRIDGE_CONFIG": str(ROOT / "config"), "BRIDGE_DATA": str(tmp_path), "BRIDGE_SECRET_KEY": SECRET}
    settings = load({**environ, "REDIS_URL": "redis://x:hush@10.0.0.5", "BRIDGE_STORE_UNGUARDED": "yes"})
    (warning,) = [each for each in warnings(settings, NIGHT) if "REDIS_URL" in each]
    assert "without TLS" in warning
    assert "hush" not in warning


@pytest.mark.parametrize(
    "url",
    [
        AWAY + "?ssl_cert_reqs=none", AWAY + "?ssl_check_hostname=false", AWAY + "?socket_timeout=600", AWAY + "?db=1&db=2",
        AWAY + "?db=one",
        AWAY + "#x", "redis://localhost?ssl_ca_certs=/x", "redis+sentinel://localhost/line?ssl_ca_certs=/x", "http://localhost",
        "http+sentinel://localhost/line", "REDISS://localhost", "unix://host/path", "unix://", "redis://localhost:0", "redis://localhost:x",
    ],
)  # fmt: skip
def test_an_address_says_nothing_that_would_switch_off_the_look_at_certificates_or_that_nobody_knows(url: str) -> None:
    assert not is_store(url)


def test_a_file_of_certificates_that_is_not_there_is_named_by_its_option(tmp_path: Path) -> None:
    assert "names a file that cannot be read in ssl_ca_certs" in said(f"{AWAY}?ssl_ca_certs={tmp_path}/ca.pem", tmp_path)
    (tmp_path / "ca.pem").write_text("x")
    assert said(f"{AWAY}?ssl_ca_certs={tmp_path}/ca.pem", tmp_path) == ""
    told = said(f"rediss+sentinel://u:p@a/line?ssl_certfile={tmp_path}/none.pem", tmp_path)
    assert "in ssl_certfile" in told


def test_the_embedded_store_is_guarded() -> None:
    assert unguarded("") == ""
