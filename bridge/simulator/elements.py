"""XML elements as TwiML has them: attributes that are checked, with Twilio's code for each mistake."""

from xml.etree import ElementTree as ET

from bridge.simulator.errors import TwimlError

SCHEMA = 12200
METHODS = ("GET", "POST")


class Element:
    """An XML element, and where to complain about it."""

    def __init__(self, element: ET.Element, warnings: list[str]) -> None:
        self._element, self._warnings = element, warnings
        self.name = element.tag
        self.children = [Element(child, warnings) for child in element if isinstance(child.tag, str)]

    def warn(self, reason: str) -> None:
        self._warnings.append(reason)

    def knows(self, attributes: str = "") -> None:
        """Warn of every attribute that is not one of these words."""
        for name in self._element.attrib:
            if name not in attributes.split() and not name.startswith("{"):
                self.warn(f"unknown attribute {name} of <{self.name}>")

    def only_elements(self) -> None:
        """Warn of text where only elements belong."""
        texts = [self._element.text, *(child.tail for child in self._element)]
        if any(text and text.strip() for text in texts):
            self.warn(f"text directly within <{self.name}>")

    def childless(self) -> None:
        for child in self.children:
            self.warn(f"<{child.name}> within <{self.name}>")

    def get(self, name: str, default: str = "") -> str:
        return self._element.get(name, default)

    def text(self) -> str:
        return " ".join("".join(self._element.itertext()).split())

    def raw(self) -> str:
        return "".join(self._element.itertext())

    def one_of(self, name: str, allowed: tuple[str, ...], default: str, code: int) -> str:
        value = self.get(name, default)
        match = next((each for each in allowed if each.lower() == value.lower()), None)
        if match is None:
            raise TwimlError(code, f"<{self.name}>: invalid {name} value {value!r}")
        return match

    def flag(self, name: str, code: int) -> bool:
        return self.one_of(name, ("true", "false"), "false", code) == "true"

    def whole(self, name: str, default: int, code: int, low: int = 0, high: int = 14400) -> int:
        value = self.get(name, str(default))
        if not (value.isascii() and value.isdigit() and low <= int(value) <= high):
            raise TwimlError(code, f"<{self.name}>: invalid {name} value {value!r}")
        return int(value)

    def short_text(self, most: int, too_short: int, too_long: int) -> str:
        """The text, which must have from 1 to `most` characters."""
        text = self.text()
        if not text or len(text) > most:
            raise TwimlError(too_long if text else too_short, f"<{self.name}>: a name has from 1 to {most} characters")
        return text

    def events(self) -> tuple[str, ...]:
        return tuple(self.get("statusCallbackEvent", "completed").split())
