"""What becomes of the notices that we send: `/notice/ID/receipt`, `/answered`, `/key/M`."""

from flask import Blueprint, request

from bridge.actions import notices, replays
from bridge.actions.world import World
from bridge.carrier import twiml
from bridge.core.speech import Answer, one_line
from bridge.web.carrier_door import EMPTY, Door, call_ended, call_sid
from bridge.web.pages import receipt_of


def blueprint(world: World) -> Blueprint:
    """The routes for notices."""
    door = Door("notices", world)

    def render(notice_id: str, answer: Answer, prompts: int) -> str:
        return twiml.voice(answer, next_url=f"{world.settings.public_url}/notice/{notice_id}/key/{prompts + 1}")

    def broken(**_: object) -> str:
        return twiml.voice(one_line(world.voice, "notice.over"))

    @door.route("/notice/<notice_id>/answered", if_broken=broken, of_our_call=True)
    def answered(notice_id: str) -> str:
        replays.picked_up(world, call_sid())
        return render(notice_id, notices.picked_up(world, notice_id), 0)

    @door.route("/notice/<notice_id>/key/<int:prompts>", if_broken=broken, of_our_call=True)
    def pressed(notice_id: str, prompts: int) -> str:
        digits = request.form.get("Digits", "")[:8]
        return render(notice_id, notices.pressed(world, notice_id, digits, prompts), 0 if digits else prompts)

    @door.route("/notice/<notice_id>/receipt", if_broken=lambda **_: EMPTY, of_our_call=True)
    def receipt(notice_id: str) -> str:
        status, said, sid = receipt_of(request.form)
        if status:
            notices.reported(world, notice_id, status, said, sid)
        call_ended(world)
        return EMPTY

    return door.blueprint
