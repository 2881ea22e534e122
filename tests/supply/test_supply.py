"""What the bridge is made of: every package pinned by hash, listed for people and for machines, under a license we can keep."""

import importlib.util
import json
import re
import tomllib
from types import ModuleType

import pytest

from tests.stories.story import ROOT

FORBIDDEN = re.compile(r"(?<!L)GPL|SSPL|BUSL|Commons-Clause|Proprietary", re.IGNORECASE)


@pytest.fixture(scope="module")
def supply() -> ModuleType:
    """docs/supply.py."""
    spec = importlib.util.spec_from_file_location("supply", ROOT / "docs" / "supply.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_every_package_is_pinned_with_a_hash_and_from_nowhere_else(name: str) -> None:
    text = (ROOT / name).read_text()
    blocks = [block for block in re.split(r"\n(?=\S)", text) if not block.startswith("#")]
    assert len(blocks) > 50
    for block in blocks:
        assert re.match(r"[a-z0-9._-]+==\S+", block), block[:80]
        assert "--hash=sha256:" in block, block[:80]
    assert not re.search(r"https?://|file:|git\+|-index-url|--find-links|trusted-host", text)


def test_what_is_installed_is_installed_by_its_hash() -> None:
    makefile = (ROOT / "Makefile").read_text()
    installs = [line for line in makefile.splitlines() if "$(PIP) " in line]
    assert len(installs) == 4
    assert all("--require-hashes -r" in line or "--no-deps --no-build-isolation -e ." in line for line in installs)


def test_the_bill_of_materials_lists_what_is_locked_and_nothing_else(supply: ModuleType) -> None:
    """Where this fails, say `make sbom`."""
    bill = json.loads(supply.SBOM.read_text())
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    listed = {
        each["name"]: (each["version"], each["purl"], {found["content"] for found in each["hashes"]})
        for each in bill["components"]
    }
    assert listed == {
        each.name: (each.version, f"pkg:pypi/{each.name}@{each.version}", set(each.hashes)) for each in supply.locked()
    }
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert (bill["metadata"]["component"]["name"], bill["metadata"]["component"]["version"]) == ("bridge", project["version"])
    asked = {re.match(r"[A-Za-z0-9_-]+", each)[0].lower() for each in project["dependencies"]}  # type: ignore[index]
    (root,) = (each for each in bill["dependencies"] if each["ref"] == "bridge")
    assert set(root["dependsOn"]) == asked


def test_the_bill_of_materials_is_the_same_wherever_and_whenever_it_is_made(supply: ModuleType) -> None:
    text = supply.SBOM.read_text()
    assert "serialNumber" not in text
    assert "timestamp" not in text
    assert set(re.findall(r"\w+://[^\"]*", text)) == {"http://cyclonedx.org/schema/bom-1.6.schema.json"}
    assert not re.search(r'"/|file:|simple/', text)


def test_every_license_is_listed_and_none_asks_for_what_we_cannot_give(supply: ModuleType) -> None:
    """Where this fails, say `make sbom`, and read the license of what is new."""
    assert supply.LICENSES.read_text() == supply.licenses()
    for name, _, license_, why in supply.rows():
        assert set(re.split(" AND | OR ", license_)) <= supply.ALLOWED, name
        assert not FORBIDDEN.search(license_), name
        assert why, name
    assert not [each for each in supply.ALLOWED if FORBIDDEN.search(each)]


def test_the_two_lists_say_the_same_of_a_license(supply: ModuleType) -> None:
    bill = json.loads(supply.SBOM.read_text())
    said = {
        each["name"]: found.get("expression") or found["license"].get("id") or found["license"]["name"]
        for each in bill["components"]
        for found in each["licenses"]
    }
    assert said == {name: license_ for name, _, license_, _ in supply.rows()}
