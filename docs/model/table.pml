/* The table of bridge/core/request.py, for the models beside this file. Drawn by `make docs`. Do not edit by hand.
 *
 * LAW_Event(from, to): whether the event may move a request from the one state to the other. What it forbids is an error.
 */

mtype:state = { OPEN, ACCEPTED, CONTACTED, CLOSED, ERASED };

#define LAW_Accepted(from, to) ( \
    ((from) == OPEN && ((to) == ACCEPTED)) || \
    ((from) == ACCEPTED && ((to) == ACCEPTED)) \
)

#define LAW_Arrived(from, to) ( \
    ((from) == ACCEPTED && ((to) == CONTACTED)) || \
    ((from) == CONTACTED && ((to) == CONTACTED)) \
)

#define LAW_CalledAgain(from, to) ( \
    ((from) == OPEN && ((to) == OPEN)) || \
    ((from) == ACCEPTED && ((to) == ACCEPTED)) \
)

#define LAW_Closed(from, to) ( \
    ((from) == OPEN && ((to) == CLOSED)) || \
    ((from) == ACCEPTED && ((to) == CLOSED)) || \
    ((from) == CONTACTED && ((to) == CLOSED)) \
)

#define LAW_ConnectAsked(from, to) ( \
    ((from) == ACCEPTED && ((to) == ACCEPTED)) \
)

#define LAW_Connecting(from, to) ( \
    ((from) == ACCEPTED && ((to) == ACCEPTED)) \
)

#define LAW_Contacted(from, to) ( \
    ((from) == ACCEPTED && ((to) == CONTACTED)) \
)

#define LAW_Corrected(from, to) ( \
    ((from) == OPEN && ((to) == OPEN)) || \
    ((from) == ACCEPTED && ((to) == ACCEPTED)) || \
    ((from) == CONTACTED && ((to) == CONTACTED)) \
)

#define LAW_Declined(from, to) ( \
    ((from) == OPEN && ((to) == OPEN)) \
)

#define LAW_Expected(from, to) ( \
    ((from) == ACCEPTED && ((to) == ACCEPTED)) \
)

#define LAW_LegStarted(from, to) ( \
    ((from) == OPEN && ((to) == OPEN)) || \
    ((from) == ACCEPTED && ((to) == ACCEPTED)) || \
    ((from) == CONTACTED && ((to) == CONTACTED)) || \
    ((from) == CLOSED && ((to) == CLOSED)) || \
    ((from) == ERASED && ((to) == ERASED)) \
)

#define LAW_Needed(from, to) ( \
    ((from) == ACCEPTED && ((to) == ACCEPTED)) || \
    ((from) == CONTACTED && ((to) == CONTACTED)) \
)

#define LAW_PagedNow(from, to) ( \
    ((from) == OPEN && ((to) == OPEN)) \
)

#define LAW_PersonPaged(from, to) ( \
    ((from) == OPEN && ((to) == OPEN)) \
)

#define LAW_Released(from, to) ( \
    ((from) == ACCEPTED && ((to) == OPEN)) \
)

#define LAW_Reported(from, to) ( \
    ((from) == OPEN && ((to) == OPEN)) || \
    ((from) == ACCEPTED && ((to) == ACCEPTED)) || \
    ((from) == CONTACTED && ((to) == CONTACTED)) || \
    ((from) == CLOSED && ((to) == CLOSED)) || \
    ((from) == ERASED && ((to) == ERASED)) \
)

#define LAW_Silenced(from, to) ( \
    ((from) == OPEN && ((to) == OPEN)) || \
    ((from) == ACCEPTED && ((to) == ACCEPTED)) || \
    ((from) == CONTACTED && ((to) == CONTACTED)) \
)

#define LAW_TalkEnded(from, to) ( \
    ((from) == OPEN && ((to) == OPEN)) || \
    ((from) == ACCEPTED && ((to) == ACCEPTED)) || \
    ((from) == CONTACTED && ((to) == CONTACTED)) || \
    ((from) == CLOSED && ((to) == CLOSED)) || \
    ((from) == ERASED && ((to) == ERASED)) \
)

#define LAW_Ticked(from, to) ( \
    ((from) == OPEN && ((to) == OPEN || (to) == CLOSED)) || \
    ((from) == ACCEPTED && ((to) == ACCEPTED || (to) == OPEN || (to) == CLOSED)) || \
    ((from) == CONTACTED && ((to) == CONTACTED || (to) == ERASED || (to) == CLOSED)) || \
    ((from) == CLOSED && ((to) == CLOSED || (to) == ERASED)) || \
    ((from) == ERASED && ((to) == ERASED)) \
)
