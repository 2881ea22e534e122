"""What must hold in the models of docs/model, and the faults of design that must not go unseen."""

from tests.model.spin import ALWAYS, FINITE, IN_THE_END, SAFE, Check

HOLDS = (
    Check("promise", SAFE),
    Check("promise", ALWAYS, "kept_promise"),
    Check("life", SAFE),
    Check("life", SAFE, constants="-DCRASHES=0 -DAN_HOUR"),
    Check("life", FINITE, constants="-DCRASHES=0"),
    Check("outbox", ALWAYS, "once"),
    Check("outbox", ALWAYS, "once", "-DUNANSWERED=1"),
    Check("outbox", ALWAYS, "once", "-DSTOPS=1"),
    Check("outbox", ALWAYS, "once", "-DSLOW=1"),
    Check("outbox", IN_THE_END, "leaves"),
    Check("outbox", IN_THE_END, "empties"),
)

FAULTS = {  # a fault of design -> where it shows, and in which words
    "the promise before the commit": (Check("promise", ALWAYS, "kept_promise", "-DPROMISE_FIRST"), "promised"),
    "the store answers before the disk has it": (
        Check("promise", ALWAYS, "kept_promise", "-DBEFORE_THE_DISK"),
        "promised",
    ),
    "nobody looks after a call that was cut off": (Check("promise", SAFE, constants="-DNO_GONE_QUIET"), "confirmed"),
    "no version, and two are told that it is theirs": (
        Check("life", SAFE, constants="-DNO_VERSION -DONLY_TOLD=true -DCRASHES=0 -DGIVEN_BACK=0"),
        "told[in_round]",
    ),
    "no version, and what was erased is there again": (
        Check("life", SAFE, constants="-DNO_VERSION -DCRASHES=0 -DGIVEN_BACK=0"),
        "state!=1",
    ),
    "nobody looks whether a page is still wanted": (Check("life", SAFE, constants="-DNO_LOOK -DCRASHES=0"), "stale[me]"),
    "a page that slipped out is not taken back": (
        Check("life", SAFE, constants="-DNO_TAKING_BACK -DCRASHES=0 -DAN_HOUR"),
        "asked",
    ),
    "no claim": (Check("outbox", ALWAYS, "once", "-DNO_CLAIM"), "taken"),
    "a claim that is shorter than the carrier's time-outs": (Check("outbox", ALWAYS, "once", "-DSHORT_CLAIM"), "taken"),
    "no question before it is sent again": (Check("outbox", ALWAYS, "once", "-DNO_QUESTION"), "taken"),
    "an attempt that is written down after it was made": (Check("outbox", ALWAYS, "once", "-DNOTED_AFTER"), "taken"),
    "a claim that never ends": (Check("outbox", IN_THE_END, "leaves", "-DCLAIM_FOR_EVER"), "acceptance cycle"),
    "written down as sent before it is": (Check("outbox", IN_THE_END, "leaves", "-DSENT_FIRST"), "acceptance cycle"),
    "no clock that brings back what the queue lost": (Check("outbox", IN_THE_END, "leaves", "-DNO_CLOCK"), "acceptance cycle"),
}
