"""What Twilio takes for a telephone number, and which ones it had better not call."""

import re

import phonenumbers

# Twilio would carry some of these out, at the account's peril; nobody's bridge should call them.
SPECIAL = {"911", "933", "112", "211", "311", "411", "511", "611", "711", "811"}
CRISIS = "988"  # may be dialled from a US number


def is_e164(number: str) -> bool:
    """Plus, country code and subscriber number: at most 15 digits."""
    return re.fullmatch(r"\+[1-9]\d{6,14}", number) is not None


def is_valid(number: str) -> bool:
    """E.164, and a number that can exist."""
    return is_e164(number) and phonenumbers.is_valid_number(phonenumbers.parse(number))


def is_abroad(number: str) -> bool:
    """Outside the North American plan: closed to an account until it asks for it."""
    return phonenumbers.parse(number).country_code != 1


def is_premium(number: str) -> bool:
    """Charged to whoever calls it."""
    return phonenumbers.number_type(phonenumbers.parse(number)) == phonenumbers.PhoneNumberType.PREMIUM_RATE


def is_special(number: str) -> bool:
    """911, other N11 codes and their like, however written."""
    digits = re.sub(r"\D", "", number)
    return digits in SPECIAL or digits.removeprefix("1") in SPECIAL


def dialled(number: str) -> str:
    """The E.164 form of what stands in a `<Dial>`: Twilio takes US numbers in any usual writing."""
    digits = re.sub(r"[\s().-]", "", number)
    if re.fullmatch(r"1?[2-9]\d{9}", digits):
        return "+1" + digits[-10:]
    return digits
