"""Forms and addresses of the board, as a dispatcher who is logged in: done, refused with a reason, or not found."""

import re
from urllib.parse import quote

from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.bridge import IDS
from tests.fuzz.doors import listening, sound
from tests.fuzz.hostile import any_text
from tests.web.desk import Desk, log_in
from tests.web.test_every_route import FORMS, LOG_IN

SHORT = settings(
    max_examples=12, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck), print_blob=False
)
READ = ("/board?since={}", "/figures?day={}", "/figures?month={}", "/figures.csv?month={}", "/rota?from={}", "/login?next={}")


def test_a_form_of_the_board_is_done_or_refused_whatever_stands_in_it(app: Flask, desk: Desk) -> None:
    mary = app.test_client()
    assert log_in(mary).status_code == 303
    found = re.search(r'name="csrf[-_]token" (?:content|value)="([^"]+)"', mary.get("/").text)
    assert found
    answers = set[int]()
    headers = {"X-CSRFToken": found[1], "Accept": "application/json"}
    for rule in (each for each in app.url_map.iter_rules() if each.endpoint in FORMS and each.endpoint not in LOG_IN):
        usual = FORMS[rule.endpoint]
        names = st.sampled_from(sorted(usual)) if usual else st.just("x")
        changes = st.lists(st.tuples(names | any_text, any_text), max_size=4)

        @SHORT
        @given(st.sampled_from(IDS) | any_text, changes)
        def post(which: str, changed: list[tuple[str, str]]) -> None:
            path = re.sub(r"<[^<>]+>", lambda _: quote(which, safe="", errors="replace"), rule.rule)  # noqa: B023
            form = {name: _sendable(value) for name, value in {**usual, **dict(changed)}.items()}  # noqa: B023
            with listening() as heard:
                answer = mary.post(path, data={_sendable(name): value for name, value in form.items()}, headers=headers)
            assert answer.status_code < 500, (path, form)
            answers.add(answer.status_code)
            assert not heard, heard

        post()
    assert {200, 303} & answers, "something was done"
    assert {400, 404, 409} & answers, "something was refused"
    sound(desk)


def test_a_page_answers_whatever_its_address_asks_for(app: Flask) -> None:
    mary = app.test_client()
    assert log_in(mary).status_code == 303

    @SHORT
    @given(st.sampled_from(READ), any_text)
    def look(path: str, asked: str) -> None:
        assert mary.get(path.format(quote(asked, errors="replace"))).status_code < 500

    look()


def _sendable(text: str) -> str:
    return text.encode(errors="replace").decode()
