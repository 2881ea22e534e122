"""A Twilio-compatible carrier on this machine: a stranger to the code that it serves.

It speaks the REST API (`/2010-04-01/Accounts/…`: Messages, Calls, IncomingPhoneNumbers), sends signed webhooks and status
callbacks, carries out TwiML as strictly as Twilio, and has telephones: in a browser (`/`), in Python and over JSON.

Python, for tests; nothing waits for a timer, the driver decides when patience ends::

    with Simulator(account_sid=…, auth_token=…, line="+18332192461", voice_url=…, sms_url=…, status_url=…) as sim:
        call = sim.phone("+12565550177").dial()
        call.press("36203")
        call.heard, call.said_since_last(), call.state, call.waiting_for, call.connected_to
        sim.settle()
        sim.phone("+12565550101").ringing.answer().press("1")
        call.queue, call.peer, call.caller, call.time_up(), sim.texts_sent(), sim.calls_started()

JSON, behind the page and the terminal (`client.Telephones`). Bodies are JSON, errors are `{"error": …}`::

    GET  /sim/state?since=N&wait=S         everything, and the journal after entry N; waits up to S seconds for news
    GET  /sim/traffic                      every text and every start of a call, with its time: {"texts", "calls"}
    POST /sim/calls                        {"from", "to"?} dial the line; answers when the call waits or is over
    GET  /sim/calls/SID                    how the call stands
    POST /sim/calls/SID/press              {"digits"}
    POST /sim/calls/SID/say                {"speech", "confidence"?}
    POST /sim/calls/SID/silence|hangup     {}
    POST /sim/calls/SID/timeup             {} the time limit of a conversation is reached
    POST /sim/calls/SID/answer|decline|noanswer  {} for a phone that rings
    POST /sim/phones/NUMBER/text           {"body"} text the line
    POST /sim/phones/NUMBER/behave         {"text"?, "call"?, "error"?, "keys"?}
    POST /sim/faults                       {"rest": {"kind", "resource"?, "times"?, "processed"?, "method"?}},
                                           {"receipts": mode}, {"off": kind}, {"clear": true},
                                           {"retention": bool} contents and addresses can be discarded, or not
                                           {"refused": seconds} nobody can connect; this answer may be lost
"""

from bridge.simulator.leg import CallLeg
from bridge.simulator.phones import Phone
from bridge.simulator.server import Simulator

__all__ = ["CallLeg", "Phone", "Simulator"]
