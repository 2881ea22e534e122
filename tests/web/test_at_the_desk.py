"""What dispatchers do at the page: in a real browser, by what they see and press."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from bridge.core.events import Accepted, Released
from bridge.core.model import Place, Purpose, State
from tests.web.desk import Desk, Site, Watch
from tests.web.scenes import first, overdue, waiting


@pytest.fixture
def other(browser: Browser, site: Site) -> Iterator[Watch]:
    """The window of a second dispatcher."""
    context = browser.new_context()
    yield Watch(context, site)
    context.close()


def dialog(page: Page, form: str) -> Locator:
    """The form of this name in the dialog about the first request."""
    page.get_by_role("button", name=re.compile("^Act")).first.click()
    page.locator(f"#do-{form} summary").click()
    return page.locator(f"#do-{form}")


def toast(page: Page) -> Locator:
    """What was done."""
    return page.locator("#said")


# ---- acting


def test_the_next_person_is_paged_after_a_look_at_who_it_is(watch: Watch, desk: Desk) -> None:
    request = waiting(desk, 0, 5)
    page = watch.log_in()
    form = dialog(page, "page")
    expect(form).to_contain_text("Next is on call: Cpl. Theo Crane, by call")
    form.get_by_role("button", name="Page now").click()
    expect(toast(page)).to_contain_text("Theo Crane")
    expect(page.locator("dialog[open]")).to_have_count(0)
    assert desk.world.store.load(request.id).fired == request.fired + 1
    assert watch.complaints == []


def test_two_dispatchers_who_page_at_once_page_once(watch: Watch, other: Watch, desk: Desk) -> None:
    request = waiting(desk, 0, 5)
    pages = [watch.log_in(), other.log_in()]
    forms = [dialog(page, "page") for page in pages]
    forms[0].get_by_role("button", name="Page now").click()
    expect(forms[1].locator("[name=fired]")).to_have_value(str(request.fired + 1))
    forms[1].get_by_role("button", name="Page now").click()  # meant for the rung that stood there before
    expect(forms[1].locator(".answer")).to_contain_text("changed a moment ago")
    assert desk.world.store.load(request.id).fired == request.fired + 1


def _pressed(form: Locator, told: Locator) -> Locator:
    """Press it, again and again where that comes too soon after a change; returns where the answer stands."""
    for _ in range(100):
        form.locator("[type=submit]").dispatch_event("click")
        if told.is_visible():
            break
        form.page.wait_for_timeout(100)
    return told


def test_pressing_twice_is_pressing_once(watch: Watch, desk: Desk) -> None:
    request = waiting(desk, 0, 5)
    page = watch.log_in()
    dialog(page, "page").get_by_role("button", name="Page now").dblclick()
    expect(toast(page)).to_be_visible()
    assert desk.world.store.load(request.id).fired == request.fired + 1


def test_a_person_of_ones_choice_is_paged(watch: Watch, desk: Desk) -> None:
    request = waiting(desk, 0, 5)
    page = watch.log_in()
    form = dialog(page, "page-person")
    form.get_by_label("Whom").select_option(label="Lt. Sam Kirby")
    form.get_by_role("button", name="Page this person").click()
    expect(toast(page)).to_contain_text("Kirby")
    assert desk.world.store.load(request.id).paged("kirby")


def test_who_phoned_in_has_it_reaches_the_caller_and_the_request_ends(watch: Watch, desk: Desk) -> None:
    request = waiting(desk, 0, 5)
    page = watch.log_in()
    form = dialog(page, "accept")
    form.get_by_label("Who has accepted").select_option(label="Sgt. Dana Boyd")
    form.get_by_label(re.compile("They call back in")).fill("10")
    form.get_by_role("button", name="Record the acceptance").click()
    expect(page.locator(".row .chip")).to_contain_text("Accepted")
    expect(page.locator(".row")).to_contain_text("will call by 02:24")
    form = dialog(page, "contacted")
    expect(form).to_contain_text("Sgt. Dana Boyd has reached the caller")
    form.get_by_role("button", name="Record the contact").click()
    expect(page.get_by_text("No one is waiting")).to_be_visible()
    assert desk.world.store.load(request.id).state is State.CONTACTED


def test_it_is_given_back_for_somebody_who_cannot_after_all(watch: Watch, desk: Desk) -> None:
    request = waiting(desk, 0, 5)
    desk.happens(request, Accepted(first(request)))
    page = watch.log_in()
    dialog(page, "release").get_by_role("button", name="Give it back").click()
    expect(page.locator(".row .chip")).to_contain_text("Waiting")


def test_a_place_that_could_be_several_is_chosen_and_the_ladder_starts_over_there(watch: Watch, desk: Desk) -> None:
    request = waiting(desk, 0, 5)
    page = watch.log_in()
    form = dialog(page, "correct")
    form.get_by_label("Right place").fill("36602")
    form.get_by_label("Right number to call back").fill("251-555-0142")
    form.get_by_role("button", name="Correct and tell").click()
    expect(page.locator(".row h3")).to_contain_text("Mobile")
    stands = desk.world.store.load(request.id)
    assert (stands.place.county, stands.callback) == ("Mobile", "+12515550142")


def test_a_place_that_is_not_known_is_said_beside_the_form_and_nothing_is_lost(watch: Watch, desk: Desk) -> None:
    waiting(desk, 0, 5)
    page = watch.log_in()
    form = dialog(page, "correct")
    form.get_by_label("Right place").fill("Xyzzyville")
    form.get_by_label("Right number to call back").fill("251-555-0142")
    form.get_by_role("button", name="Correct and tell").click()
    expect(form.locator(".answer")).not_to_be_empty()
    expect(form.get_by_label("Right number to call back")).to_have_value("251-555-0142")


def test_a_dispatcher_closes_a_request(watch: Watch, desk: Desk) -> None:
    request = waiting(desk, 0, 5)
    page = watch.log_in()
    form = dialog(page, "close")
    form.get_by_label("Reason").select_option("not-needed")
    form.get_by_role("button", name="Close the request").click()
    expect(toast(page)).to_contain_text(f"Request {request.code} is closed")
    expect(page.locator(".ended")).to_contain_text("no longer needs support")
    assert watch.complaints == []


def test_the_dialog_says_what_has_changed_while_it_was_open(watch: Watch, desk: Desk) -> None:
    request = waiting(desk, 0, 5)
    page = watch.log_in()
    form = dialog(page, "page-person")
    form.get_by_label("Whom").select_option(label="Lt. Sam Kirby")
    desk.happens(request, Accepted(first(request)))
    expect(page.locator("#act-state")).to_have_text("Cpl. Theo Crane has it.")
    expect(form).to_be_hidden()
    expect(page.locator("#do-contacted")).to_be_visible()


def test_a_press_that_was_meant_for_what_stood_there_a_moment_ago_does_nothing(watch: Watch, desk: Desk) -> None:
    request = waiting(desk, 0, 5)
    desk.happens(request, Accepted("crane"))
    page = watch.log_in()
    form = page.locator("#do-contacted[data-when='accepted']")
    page.get_by_role("button", name=re.compile("^Act")).first.click()
    form.locator("summary").click()
    expect(form).to_contain_text("Cpl. Theo Crane has reached the caller")
    form.evaluate(  # a finger that is on its way when the holder changes
        """node => new MutationObserver(() => node.querySelector('[type=submit]').click())
        .observe(node.querySelector('[data-fill=holder-name]'), {childList: true})"""
    )
    desk.happens(request, Released("crane"), Accepted("boyd"))
    expect(form.locator(".answer")).to_contain_text("changed a moment ago")
    assert desk.world.store.load(request.id).state is State.ACCEPTED
    expect(form).to_contain_text("Sgt. Dana Boyd has reached the caller")
    expect(_pressed(form, toast(page))).to_contain_text("Sgt. Dana Boyd has reached the caller")


def test_who_was_told_what_is_fetched_when_somebody_looks(watch: Watch, desk: Desk) -> None:
    waiting(desk, 0, 100)
    page = watch.log_in()
    messages = dialog(page, "messages")
    expect(messages.get_by_role("listitem").last).to_contain_text("Cpl. Theo Crane text: delivered")


def test_a_call_is_taken_in_by_hand(watch: Watch, desk: Desk) -> None:
    page = watch.log_in()
    page.get_by_role("button", name="Take in a call").click()
    page.get_by_label("Where the caller is").fill("Anniston")
    page.get_by_label("Number to call back", exact=True).fill("(256) 555-0137")
    page.get_by_role("button", name="Take in and page").dblclick()
    expect(page.locator(".row")).to_have_count(1)
    expect(page.locator(".row")).to_contain_text("Anniston")
    expect(toast(page)).to_be_visible()
    stands = desk.world.store.requests()
    assert [(r.place.region, r.callback) for r in stands] == [("G", "+12565550137")]
    assert stands[0].messages[0].purpose is Purpose.PAGE


def test_a_call_that_was_taken_in_without_an_answer_does_not_stand_in_the_way_of_the_next(watch: Watch, desk: Desk) -> None:
    page = watch.log_in()
    page.route("**/take-in", lambda route: (route.fetch(), route.abort()))  # it is done, and the answer is lost
    page.get_by_role("button", name="Take in a call").click()
    page.get_by_label("Where the caller is").fill("Anniston")
    page.get_by_label("Number to call back", exact=True).fill("256-555-0137")
    page.get_by_role("button", name="Take in and page").click()
    expect(page.locator("#take-in .answer")).to_contain_text("not known whether this was done")
    expect(page.locator(".row")).to_have_count(1)
    page.unroute("**/take-in")
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Take in a call").click()
    expect(page.get_by_label("Number to call back", exact=True)).to_have_value("")  # nothing of a caller stays in the page
    page.get_by_label("Where the caller is").fill("Mobile")
    page.get_by_label("Number to call back", exact=True).fill("251-555-0142")
    page.get_by_role("button", name="Take in and page").click()
    expect(page.locator(".row")).to_have_count(2)


def test_an_answer_that_is_lost_is_said_to_be_unknown(watch: Watch, desk: Desk) -> None:
    waiting(desk, 0, 5)
    page = watch.log_in()
    page.route("**/requests/*/page", lambda route: route.abort())
    form = dialog(page, "page")
    form.get_by_role("button", name="Page now").click()
    expect(form.locator(".answer")).to_contain_text("not known whether this was done")


# ---- numbers


def test_a_callback_number_is_shown_for_a_while_and_who_saw_it_is_written_down(watch: Watch, desk: Desk) -> None:
    request = waiting(desk, 0, 5, callback="+12565550137")
    page = watch.log_in()
    number = page.locator("[data-number]")
    expect(number).to_have_text("•••-•••-••37")
    page.clock.install()
    page.get_by_role("button", name="Show the number").click()
    expect(number).to_have_text("(256) 555-0137")
    desk.happens(request, Accepted(first(request)))  # the row is drawn anew meanwhile
    expect(page.locator(".row .chip")).to_contain_text("Accepted")
    expect(number).to_have_text("(256) 555-0137")
    page.clock.run_for(31_000)
    expect(number).to_have_text("•••-•••-••37")
    seen = [(act.by, act.code) for act in desk.world.books.acts(10) if "number" in act.what]
    assert seen == [("mary", request.code)]


def test_who_only_watches_can_neither_act_nor_see_a_number(watch: Watch, desk: Desk) -> None:
    waiting(desk, 0, 5)
    page = watch.log_in("walt")
    expect(page.locator(".row")).to_have_count(1)
    for name in ("Show the number", "Take in a call", "Act"):
        expect(page.get_by_role("button", name=re.compile(name))).to_have_count(0)
    page.get_by_role("button", name="Details").click()
    expect(page.locator("dialog[open] form[method=post]")).to_have_count(0)


# ---- sound


def hear(page: Page) -> None:
    """Test the sound, as one does at the beginning of a shift."""
    page.get_by_role("button", name=re.compile("^Sound")).click()
    page.get_by_role("button", name="Play the alarm").click()
    page.get_by_role("button", name="Yes, I heard it").click()
    page.get_by_role("button", name="Done").click()


def played(page: Page) -> int:
    """How many sounds the page has played."""
    return int((page.locator("#board").get_attribute("data-played") or "none 0").split()[1])


def test_a_page_whose_sound_nobody_has_tested_says_so(watch: Watch, desk: Desk) -> None:
    page = watch.log_in()
    expect(page.get_by_role("button", name="Sound: not tested")).to_be_visible()
    hear(page)
    expect(page.get_by_role("button", name="Sound: on")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_an_overdue_request_sounds_until_a_person_silences_it_at_any_desk(watch: Watch, other: Watch, desk: Desk) -> None:
    overdue(desk)
    page, far = watch.log_in(), other.log_in()
    hear(page)
    hear(far)
    before = played(page)
    expect(page.locator("#board")).to_have_attribute("data-played", re.compile(f"^alarm {before + 2}$"), timeout=9000)
    far.get_by_role("button", name=re.compile("^Silence")).click()
    expect(page.locator(".quiet")).to_have_text("Silenced")
    expect(page.locator("html.sounding")).to_have_count(0)
    after = played(page)
    page.wait_for_timeout(2500)  # longer than two soundings are apart: nothing comes any more
    assert played(page) == after
    assert [act.by for act in desk.world.books.acts(5) if "alarm" in act.what] == ["mary"]


def test_what_is_given_back_after_the_deadline_sounds_again(watch: Watch, desk: Desk) -> None:
    overdue(desk)
    page = watch.log_in()
    page.get_by_role("button", name=re.compile("^Silence")).click()
    expect(page.locator(".quiet")).to_be_visible()
    request = desk.world.store.requests()[0]
    desk.happens(request, Accepted(first(request)))
    expect(page.locator(".row .chip")).to_have_text("Overdue, accepted")  # what changes under an open dialog takes no press
    dialog(page, "release").get_by_role("button", name="Give it back").click()
    expect(page.get_by_role("button", name=re.compile("^Silence"))).to_be_visible()


def test_a_button_that_has_the_focus_never_becomes_another_one_under_the_finger(watch: Watch, desk: Desk) -> None:
    overdue(desk)
    page = watch.log_in()
    page.get_by_role("button", name=re.compile("^Silence")).click()
    expect(page.locator(".quiet")).to_be_visible()
    buttons = page.locator(".row .do button")
    expect(buttons).to_have_count(1)
    expect(buttons).to_have_accessible_name(re.compile("^Act"))


def test_a_new_request_chimes(watch: Watch, desk: Desk) -> None:
    page = watch.log_in()
    hear(page)
    desk.call(3, Place("Mobile", "Mobile", "A"), callback="+12515550138")
    expect(page.locator("#board")).to_have_attribute("data-played", re.compile("^chime"))


def test_a_page_that_hears_nothing_can_be_heard(watch: Watch, desk: Desk, site: Site) -> None:
    page = watch.log_in()
    hear(page)
    site.stop()
    expect(page.locator("#board")).to_have_attribute("data-played", re.compile("^deaf"), timeout=12000)


# ---- dark and light


def test_dark_or_light_is_kept_by_this_browser(watch: Watch, desk: Desk) -> None:
    page = watch.log_in()
    was = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    page.get_by_role("button", name=re.compile("page$")).click()
    now = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert now != was
    page.reload()
    expect(page.locator("html.counting")).to_be_attached()
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == now
