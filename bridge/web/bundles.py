"""One text or call that stands for several messages comes back here: `/bundle/ID/receipt`, `/answered`, `/key/INDEX/MENU/M`,
`/pin/INDEX/MENU/KEY/M`."""

from dataclasses import replace

from flask import Blueprint, request

from bridge.actions import bundles, coordinators, paging, replays
from bridge.actions.bundles import Turn
from bridge.actions.world import World
from bridge.carrier import twiml
from bridge.core.model import Status
from bridge.core.speech import Answer, Menu, one_line
from bridge.web.carrier_door import EMPTY, Door, call_ended, call_sid, from_here
from bridge.web.pages import MACHINES, receipt_of, rendered


def blueprint(world: World) -> Blueprint:
    """The routes for bundles."""
    door = Door("bundles", world)

    def render(bundle: str, turn: Turn) -> str:
        if turn.last and turn.effect:
            request_id, _, n = turn.effect.rpartition("/")
            return rendered(world, request_id, int(n), turn.answer, turn.prompts)
        here = f"{world.settings.public_url}/bundle/{bundle}"
        menu, key = turn.answer.menu, turn.answer.key
        keyed = f"pin/{turn.index}/{menu}/{key}" if key else f"key/{turn.index}/{menu}"
        return twiml.voice(turn.answer, next_url=f"{here}/{keyed}/{turn.prompts + 1}")

    def broken(**_: object) -> str:
        return twiml.voice(one_line(world.voice, "call.broken"))

    @door.route("/bundle/<bundle>/answered", if_broken=broken, of_our_call=True)
    def answered(bundle: str) -> str:
        if request.form.get("AnsweredBy", "").startswith(MACHINES):
            return twiml.voice(Answer(()))
        replays.picked_up(world, call_sid())
        status, said, sid = receipt_of(request.form)
        paging.bundle_reported(world, bundle, status or Status.TALKING, said, sid)
        return render(bundle, bundles.picked_up(world, bundle))

    @door.route(
        f"/bundle/<bundle>/key/<int:index>/<any({', '.join(Menu)}):menu>/<int:prompts>", if_broken=broken, of_our_call=True
    )
    def pressed(bundle: str, index: int, menu: str, prompts: int) -> str:
        digits = request.form.get("Digits", "")[:8]
        turn = bundles.pressed(from_here(world), bundle, index, digits, prompts, menu=Menu(menu), sid=call_sid())
        return render(bundle, turn)

    @door.route(
        f"/bundle/<bundle>/pin/<int:index>/<any({', '.join(Menu)}):menu>/<any('1', '3'):key>/<int:prompts>",
        if_broken=broken,
        of_our_call=True,
    )
    def pin(bundle: str, index: int, menu: str, key: str, prompts: int) -> str:
        given = request.form.get("Digits", "")[:8]
        if not given and prompts >= coordinators.MOST_PROMPTS:
            return twiml.voice(one_line(world.voice, "call.goodbye"))
        turn = bundles.pressed(from_here(world), bundle, index, key, 0, menu=Menu(menu), sid=call_sid(), pin=given)
        return render(bundle, replace(turn, prompts=prompts) if turn.answer.key else turn)

    @door.route("/bundle/<bundle>/receipt", if_broken=lambda **_: EMPTY, of_our_call=True)
    def receipt(bundle: str) -> str:
        status, said, sid = receipt_of(request.form)
        if status:
            paging.bundle_reported(world, bundle, status, said, sid)
        call_ended(world)
        return EMPTY

    return door.blueprint
