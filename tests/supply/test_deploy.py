"""What docs/deploy gives an operator: a service that can do little, and a proxy that lets the carrier through."""

import os
import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from bridge.settings.secret_files import SECRETS
from bridge.web import gunicorn_conf
from tests.stories.story import ROOT

DEPLOY = ROOT / "docs" / "deploy"
STRICT = {
    "CapabilityBoundingSet=", "DynamicUser=yes", "LimitCORE=1", "LockPersonality=yes", "MemoryDenyWriteExecute=yes",
    "NoNewPrivileges=yes", "PrivateDevices=yes", "PrivateTmp=yes", "ProtectHome=yes", "ProtectSystem=strict",
    "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX", "RestrictNamespaces=yes", "RestrictSUIDSGID=yes", "UMask=0077",
    "SystemCallFilter=@system-service",
}  # fmt: skip


def test_the_service_is_shut_in_and_its_secrets_are_files() -> None:
    lines = (DEPLOY / "bridge.service").read_text().splitlines()
    assert set(lines) >= STRICT
    assert "ReadWritePaths" not in "".join(lines)
    for name in SECRETS:
        assert not [line for line in lines if line.startswith(f"Environment={name}=")]
    named = set(re.findall(r"^Environment=(\w+)_FILE=%d/", "\n".join(lines), re.MULTILINE))
    assert named <= set(SECRETS)


def test_the_proxy_lets_the_carrier_ask_whatever_it_asks_and_keeps_no_list_of_who_asked() -> None:
    conf = (DEPLOY / "nginx.conf").read_text()
    (carrier,) = re.findall(r"location ~ (\S+) \{", conf)
    signed = ["/voice", "/voice/ended", "/sms", "/page/r/1/answered", "/bundle/b/receipt", "/notice/n/key/1"]
    assert all(re.match(carrier, path) for path in signed)
    assert not any(re.match(carrier, path) for path in ("/", "/login", "/audit", "/voices", "/health/ready"))
    assert conf.count("access_log off;") == 2
    assert "limit_req " not in conf.partition(carrier)[2].partition("}")[0]


@pytest.mark.parametrize("most", [resource.RLIM_INFINITY, 0])
def test_no_process_leaves_a_dump(most: int, tmp_path: Path) -> None:
    """It is said by the limit that whatever is started has."""
    told = f"""
import resource
from bridge import processes
hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
if {most} == 0:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
processes.leave_no_core()
print(resource.getrlimit(resource.RLIMIT_CORE))
"""
    done = subprocess.run(
        [sys.executable, "-c", told],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    soft, hard = re.findall(r"\((\d+), (\d+)\)", done.stdout)[0]
    assert soft == hard
    assert int(hard) <= 1


def test_the_proxy_lets_go_of_an_idle_connection_before_the_bridge_hangs_up() -> None:
    found = re.search(r"\n    keepalive_timeout (\d+)s;", (DEPLOY / "nginx.conf").read_text(encoding="utf-8"))
    assert found, "its own default is a minute"
    assert int(found[1]) < gunicorn_conf.keepalive
