"""Who calls on that day, from where, in which words; and so what must not be found when it is over."""

from tests.privacy.needles import Needle, of_number, of_place

# Whose, the number that calls, the number to call back on where it is another one.
NUMBERS = {
    "caller id": "+16595550121", "typed": "+16595550122", "typed callback": "+19385550123", "withheld": "+16595550124",
    "spoken": "+16595550125", "hung up": "+16595550126", "hung up early": "+16595550127", "put through": "+16595550128",
    "waits": "+16595550129", "connected": "+16595550130", "again": "+16595550131", "corrected": "+16595550132",
    "corrected to": "+19385550133", "by hand": "+19385550134", "revealed": "+16595550135", "declined": "+16595550136",
    "keypad": "+16595550138", "released": "+16595550139", "scene": "+16595550140", "stranger": "+16595550141",
    "a number that a stranger texts": "+19385550142", "a number that a coordinator texts": "+19385550143",
    "carrier away": "+16595550144", "store killed": "+16595550145", "store away": "+16595550146", "silent": "+16595550147",
    "spoken digits": "+16595550148", "spoken digits to": "+19385550149", "wrong number": "+19385550151",
    "unsigned": "+16595550152", "in an address": "+16595550153", "web killed": "+16595550154",
    "worker killed": "+16595550155", "in a log-in": "+16595550156", "in a header": "+16595550157",
}  # fmt: skip
PLACES = {
    "Dauphin Island": "36528", "Vinegar Bend": "36584", "Muscadine": "36269", "Pine Apple": "36768", "Gaylesville": "35973",
    "Clayhatchee": "", "Lowndesboro": "36752", "Double Springs": "35553", "Hammondville": "", "Bayou La Batre": "36509",
    "Childersburg": "35044", "Mooresville": "35649",
}  # fmt: skip
WORDS = {
    "as heard": "water tower behind the old sawmill",
    "as typed": "lowndsburro juncton",
    "in a text": "trailer park near the quarry",
}


def needles() -> list[Needle]:
    """All that must not be found when the day is over."""
    found = [needle for whose, number in NUMBERS.items() for needle in of_number(whose, number)]
    for name, zip_code in PLACES.items():
        found += of_place(f"place {name}", name) + (of_place(f"ZIP of {name}", zip_code) if zip_code else [])
    return found + [needle for how, words in WORDS.items() for needle in of_place(f"words {how}", words)]
