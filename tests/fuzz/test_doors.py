"""Whatever the carrier's door is given, it answers with something that the carrier can do, or refuses with a reason."""

from flask import Flask
from hypothesis import HealthCheck, given, settings

from tests.fuzz.doors import check, doors, fuzz, posted, sound
from tests.fuzz.hostile import any_text
from tests.web.desk import Desk

SHORT = settings(
    max_examples=25, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck), print_blob=False
)


def test_a_webhook_answers_with_markup_or_refuses_whatever_comes(app: Flask, desk: Desk) -> None:
    rules = doors(app)
    assert len(rules) >= 19, "found in the application itself: a new address is fuzzed without anybody thinking of it"
    for rule in rules:
        assert fuzz(desk, app, rule, SHORT) - {"refused"}, f"{rule.rule}: nothing that was sent was let in"
    sound(desk)


@SHORT
@given(signature=any_text)
def _refuses(app: Flask, path: str, signature: str) -> None:
    sent = signature.encode(errors="replace").decode("latin-1").replace("\r", "").replace("\n", "")
    answer = app.test_client().post(path, data={"CallSid": "CA1"}, headers={"X-Twilio-Signature": sent})
    assert answer.status_code == 403
    assert "signature" in answer.text


def test_no_signature_that_somebody_makes_up_opens_the_door(app: Flask) -> None:
    for path in ("/voice", "/sms"):
        _refuses(app, path)


def test_a_form_with_two_values_of_a_name_is_one_form(app: Flask, desk: Desk) -> None:
    form = [("CallSid", "CA1"), ("CallSid", "CA2"), ("From", "+12565550177"), ("From", "")]
    assert check(desk, app, "/voice", form) == "Redirect"
    assert posted(desk, app, "/voice", [*form, ("x", "y" * 70_000)]).status_code == 413


def test_an_address_with_an_empty_part_is_not_sent_on_to_another(app: Flask, desk: Desk) -> None:
    assert posted(desk, app, "/bundle/0%2F/receipt", [("CallSid", "CA1")]).status_code == 404
    assert posted(desk, app, "/notice/0//answered", [("CallSid", "CA1")]).status_code == 404
