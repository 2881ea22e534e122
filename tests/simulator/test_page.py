"""The telephones in a browser, pressed by a browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from twilio.rest import Client

from bridge.simulator import Simulator
from tests.simulator.target import CALLER, DANA, ERIN, LINE, Target


@pytest.fixture
def page(browser: Browser, sim: Simulator) -> Iterator[Page]:
    sim.know(
        [
            {"name": "Dana Whitfield", "number": DANA, "about": "Northeast, on call"},
            {"name": "Erin Castillo", "number": ERIN, "about": "Northeast, backup"},
        ]
    )
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith(sim.base_url) else faults.append(request.url))
    page.goto(sim.base_url)
    expect(page.locator("#live")).to_have_text("live")
    yield page
    page.close()
    assert faults == []


def test_a_caller_calls_with_keys_and_speech(page: Page, sim: Simulator, target: Target) -> None:
    target.answer("/voice", "<Gather numDigits='5' action='/zip'><Say>Your ZIP, please.</Say></Gather>")
    target.answer("/zip", "<Gather input='speech' action='/place'><Say>Which city?</Say></Gather>")
    target.answer("/place", "<Say>Thank you.</Say>")
    caller = page.locator("#caller")
    page.fill("#from", "+12055550178")
    page.click("#dial")
    expect(caller.locator(".screen")).to_contain_text("Your ZIP, please.")
    for key in "36203":
        caller.get_by_role("button", name=key, exact=True).click()
    expect(caller.locator(".screen")).to_contain_text("Which city?")
    expect(caller.locator(".bubble.out")).to_have_text("36203")
    caller.locator("[name=speech]").fill("oxford")
    caller.locator("[name=confidence]").select_option("mumbled")
    caller.get_by_role("button", name="Say").click()
    expect(caller.locator(".screen")).to_contain_text("Thank you.")
    expect(caller.locator(".chip")).to_have_text("completed")
    assert target.forms("/voice")[0]["From"] == "+12055550178"
    assert target.forms("/place")[0]["Confidence"] == "0.30000000"


def test_a_withheld_caller_is_silent_and_hangs_up(page: Page, sim: Simulator, target: Target) -> None:
    target.answer("/voice", "<Gather><Say>One.</Say></Gather><Gather><Say>Two.</Say></Gather>")
    page.check("#withheld")
    page.click("#dial")
    page.get_by_role("button", name="Silence").click()
    expect(page.locator("#caller .screen")).to_contain_text("Two.")
    page.click("#hangup")
    expect(page.locator("#caller .chip")).to_have_text("completed")
    assert target.forms("/voice")[0]["From"] == "anonymous"


def test_a_coordinator_answers_a_call(page: Page, sim: Simulator, target: Target, client: Client) -> None:
    twiml = f"<Response><Gather numDigits='1' action='{target.url}/key'><Say>Press 1.</Say></Gather></Response>"
    target.answer("/key", "<Say>It is yours.</Say>")
    client.calls.create(to=DANA, from_=LINE, twiml=twiml)
    client.calls.create(to=ERIN, from_=LINE, twiml=twiml)
    dana, erin = (page.locator(f"[data-number='{number}']") for number in (DANA, ERIN))
    dana.get_by_role("button", name="Answer").click()
    expect(dana.locator(".screen")).to_contain_text("Press 1.")
    dana.get_by_role("button", name="1", exact=True).click()
    expect(dana.locator(".screen")).to_contain_text("It is yours.")
    erin.get_by_role("button", name="Decline").click()
    expect(erin.locator(".screen")).to_contain_text("busy")
    assert target.forms("/key")[0]["To"] == DANA


def test_a_coordinator_gets_a_text_and_replies(page: Page, sim: Simulator, target: Target, client: Client) -> None:
    target.answer("/sms", "<Message>It is yours.</Message>")
    client.messages.create(to=ERIN, from_=LINE, body="Page <b>K7</b>")
    erin = page.locator(f"[data-number='{ERIN}']")
    expect(erin.locator(".screen")).to_contain_text("Page <b>K7</b>")
    erin.locator("[name=body]").fill("1")
    erin.get_by_role("button", name="Send").click()
    expect(erin.locator(".screen")).to_contain_text("It is yours.")
    expect(erin.locator(".bubble.out")).to_contain_text("1")


def test_behaviour_and_faults_are_switched(page: Page, sim: Simulator) -> None:
    dana = page.locator(f"[data-number='{DANA}']")
    dana.locator("[data-set=call]").select_option("voicemail")
    dana.locator("[data-set=text]").select_option("undelivered")
    page.get_by_role("button", name="503").click()
    page.get_by_role("button", name="doubled").click()
    expect(page.get_by_role("button", name="503")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("button", name="doubled")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#active")).to_have_text("503 for messages, 1 left")
    behaviour = sim.phone(DANA).behaviour
    assert (behaviour.call, behaviour.text, sim.faults.receipt_mode) == ("voicemail", "undelivered", "doubled")
    page.get_by_role("button", name="503").click()
    expect(page.locator("#active")).to_have_text("")
    page.get_by_role("button", name="429").click()
    expect(page.locator("#active")).to_contain_text("429")
    page.get_by_role("button", name="All off").click()
    expect(page.get_by_role("button", name="429")).to_have_attribute("aria-pressed", "false")


def test_two_phones_are_put_through(page: Page, sim: Simulator, target: Target) -> None:
    target.answer("/voice", f"<Dial>{DANA}</Dial>")
    page.fill("#from", CALLER)
    page.click("#dial")
    page.locator(f"[data-number='{DANA}']").get_by_role("button", name="Answer").click()
    expect(page.locator("#caller .chip")).to_have_text("with Dana Whitfield")
    page.locator(f"[data-number='{DANA}']").get_by_role("button", name="Hang up").click()
    expect(page.locator("#caller .chip")).to_have_text("completed")


def test_who_is_on_hold_is_taken_out_of_the_queue(page: Page, sim: Simulator, target: Target, client: Client) -> None:
    target.answer("/voice", "<Enqueue waitUrl='/hold' action='/left'>K7</Enqueue>")
    target.answer("/hold", "<Gather numDigits='1' action='/key'><Say>Please hold.</Say></Gather>")
    target.answer("/key", "<Say>Still here.</Say><Pause length='9'/>")
    target.answer("/left", "<Gather><Say>Were you helped?</Say></Gather>")
    caller, dana = page.locator("#caller"), page.locator(f"[data-number='{DANA}']")
    page.click("#dial")
    expect(caller.locator(".chip")).to_have_text("on hold")
    caller.get_by_role("button", name="1", exact=True).click()
    expect(caller.locator(".screen")).to_contain_text("Still here.")
    take = "<Response><Dial hangupOnStar='true'><Queue>K7</Queue></Dial></Response>"
    client.calls.create(to=DANA, from_=LINE, twiml=take)
    expect(dana.locator(".screen")).to_contain_text(f"call from {LINE}")
    dana.get_by_role("button", name="Answer").click()
    expect(caller.locator(".chip")).to_have_text("with Dana Whitfield")
    expect(dana.locator(".chip")).to_have_text("with (256) 555-0177")
    dana.get_by_role("button", name="*", exact=True).click()
    expect(caller.locator(".screen")).to_contain_text("Were you helped?")
    page.click("#hangup")
    expect(caller.locator(".chip")).to_have_text("completed")


def test_the_page_says_so_when_the_simulator_is_gone(page: Page, sim: Simulator) -> None:
    page.route("**/sim/state*", lambda route: route.abort())
    expect(page.locator("#live")).to_have_text("no connection to the simulator")
    page.unroute("**/sim/state*")
    expect(page.locator("#live")).to_have_text("live")


def test_what_went_wrong_is_in_the_log(page: Page, sim: Simulator, target: Target) -> None:
    target.answer("/voice", "<Shout/>")
    page.click("#dial")
    expect(page.locator("#log li.warning").first).to_contain_text("unknown verb <Shout>")


@pytest.mark.parametrize("width", [1440, 1280, 1000, 600])
def test_nothing_sticks_out(page: Page, sim: Simulator, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    sticking = """() => [...document.querySelectorAll(".phone")].filter(
        card => card.offsetParent && [...card.querySelectorAll("*")].some(
            part => part.offsetParent && part.getBoundingClientRect().right > card.getBoundingClientRect().right)).length"""
    assert page.evaluate(sticking) == 0
