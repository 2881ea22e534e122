/* The life of one request, with its races: two coordinators who answer at once, release, return, late answers, closing, erasing.
 *
 * Everybody reads the request, decides, and commits if nobody else has committed since; else they read again. A process that is
 * killed before it commits has done nothing, and whoever asked asks again: that is the same as reading again. One that is killed
 * between its commit and its answer, or between sending and writing down that it was sent, may be so CRASHES times in all. Here
 * everything is sent at least once; who may send what, and how often: outbox.pml. How a request comes about: promise.pml. There is
 * no time here: what the clock could ever do, it may do at any moment. Who has it and is never heard of again is the ladder's
 * matter GIVEN_BACK times; a model that ends there still has it accepted.
 */
#include "table.pml"

#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef GIVEN_BACK
#define GIVEN_BACK 1  /* how often who has it gives it back, or the clock takes it from them */
#endif

#define NOBODY 2      /* the coordinators are 0 and 1 */
#define DESK 2        /* who reads and commits: the web for 0, for 1 and for the desk; a clock; a worker */
#define CLOCK 3
#define WORKER 4

mtype:status = { NONE, WAITING, SENT, DROPPED, FORGETTING, FORGOTTEN };

/* The request as the store has it. Its first page waits. */
mtype:state state = OPEN;
byte holder = NOBODY;
byte rung = 1;         /* how many rungs have gone: the first pages coordinator 0, the second coordinator 1 */
bool personal = true;  /* place and number stand in it */
bool passed[2];
mtype:status page[2], over[2];  /* the last page, and the word that it is over, to each */
bool reached[2];       /* messages.asked: a page has been sent, and since then no word that it is over */

bool stale[5] = true;  /* somebody has committed since this one has read: the version is another one */
bool under_way;        /* the worker has something in hand */
bool another[2];       /* the page, or the word that it is over, that waits now is another message than the one it has in hand */

byte crashes = CRASHES;
byte given_back = GIVEN_BACK;

/* What people know. No process of ours reads it. */
bool rings[2];         /* a page has come, and they have not answered it */
bool answers[2];       /* they have said yes, and have heard nothing yet */
bool asked[2];         /* a page has come, and nothing that says it is over */
bool paged;            /* a page has left */
byte round;            /* how often it went back on the ladder */
byte told[GIVEN_BACK + 1] = NOBODY;  /* who was told "it is yours" in which round */

/* What a commit compares. Where it succeeds, the request is still what was read. */
#ifdef NO_VERSION
#define READ mtype:state saw = 0
#define reads() stale[me] = false; saw = state
#define FRESH true
#define STATE saw
#else
#define READ skip
#define reads() stale[me] = false
#define FRESH (!stale[me])
#define STATE state
#endif
#ifndef ONLY_TOLD
#define ONLY_TOLD false  /* true: what was erased may come back, to see what else goes wrong */
#endif
#define KILLED crashes > 0 -> crashes--

#define WAITS(p) (page[p] == WAITING || over[p] == WAITING)
#define FORGETS(p) (page[p] == FORGETTING || over[p] == FORGETTING)
#define EMPTY (!WAITS(0) && !WAITS(1) && !FORGETS(0) && !FORGETS(1) && !under_way)

/* A row of the table: what is written is what was made of what was read. */
#define STEP(from, event, to) \
    assert(LAW_##event(from, to)); assert(state != ERASED || to == ERASED || ONLY_TOLD); \
    state = to; personal = (from != ERASED && to != ERASED); \
    stale[0] = true; stale[1] = true; stale[2] = true; stale[3] = true; stale[4] = true

/* messages.stand_down: what has not left never leaves, and who was asked is told. */
inline stands_down(p, besides)
{
#ifndef NO_LOOK
    if :: page[p] == WAITING -> page[p] = DROPPED :: else fi;
#endif
    if
    :: reached[p] && !passed[p] && p != besides -> over[p] = WAITING; another[p] = under_way
    :: else -> if :: over[p] == WAITING -> over[p] = DROPPED :: else fi
    fi
}

/* escalation.advance: the next rung. */
inline fires()
{
    if
    :: rung < 2 && !passed[rung] -> page[rung] = WAITING; over[rung] = NONE; another[rung] = under_way; rung++
    :: rung < 2 && passed[rung] -> rung++
    :: else
    fi
}

/* request._give_back: on the ladder anew, and who had it is not asked first again. */
inline goes_back(who)
{
    passed[0] = false; passed[1] = false; passed[who] = true;
    holder = NOBODY; rung = 0; round++; fires()
}

/* messages.to_forget: the carrier's record is to be deleted, where there is one. */
inline forgets(status)
{
    if :: status == SENT -> status = FORGETTING :: status == WAITING || status == DROPPED -> status = FORGOTTEN :: else fi
}

proctype coordinator(byte me)
{
    READ; bool yours; byte in_round;

idle:
end:
    if
    :: atomic { rings[me] -> rings[me] = false; answers[me] = true; goto takes }
    :: atomic { rings[me] -> rings[me] = false; goto declines }
    :: atomic { rings[me] -> rings[me] = false; goto idle }  /* sleeps on */
    fi;

takes:
    if
    :: atomic { state == OPEN || (state == ACCEPTED && holder == me) -> reads() }
    :: atomic { !(state == OPEN || (state == ACCEPTED && holder == me)) ->  /* they are told who has it, or that it is over */
           answers[me] = false; goto idle }
    fi;
    if
    :: atomic { FRESH && STATE == OPEN ->
           STEP(OPEN, Accepted, ACCEPTED);
           holder = me; stands_down(0, me); stands_down(1, me);
           yours = true; in_round = round }
    :: atomic { FRESH && STATE == ACCEPTED ->
           STEP(ACCEPTED, Accepted, ACCEPTED);
           yours = true; in_round = round }
    :: atomic { !FRESH -> goto takes }
    fi;
    if
    :: atomic { yours ->
           assert(told[in_round] == NOBODY || told[in_round] == me);
           told[in_round] = me; answers[me] = false; stale[me] = true; yours = false; in_round = 0 }
    :: atomic { KILLED; yours = false; in_round = 0; goto takes }  /* they hear nothing, and text again */
    fi;
    if
    :: goto reports
    :: atomic { given_back > 0 -> given_back--; goto releases }
    :: goto idle                      /* nothing more is heard of them */
    fi;

reports:                                  /* done: where it went back meanwhile, it is taken and done in one write */
    if
    :: atomic { state == OPEN || (state == ACCEPTED && holder == me) -> reads() }
    :: atomic { !(state == OPEN || (state == ACCEPTED && holder == me)) -> goto idle }
    fi;
    if
    :: atomic { FRESH && STATE == ACCEPTED -> STEP(ACCEPTED, Contacted, CONTACTED); goto idle }
    :: atomic { FRESH && STATE == OPEN ->
           STEP(OPEN, Accepted, ACCEPTED);
           holder = me; stands_down(0, me); stands_down(1, me);
           STEP(ACCEPTED, Contacted, CONTACTED); goto idle }
    :: atomic { !FRESH -> goto reports }
    fi;

releases:
    if
    :: atomic { state == ACCEPTED && holder == me -> reads() }
    :: atomic { !(state == ACCEPTED && holder == me) -> goto idle }
    fi;
    if
    :: atomic { FRESH -> STEP(ACCEPTED, Released, OPEN); goes_back(me); goto idle }
    :: atomic { !FRESH -> goto releases }
    fi;

declines:
    if
    :: atomic { state == OPEN -> reads() }
    :: atomic { state != OPEN -> goto idle }
    fi;
    if
    :: atomic { FRESH -> STEP(OPEN, Declined, OPEN); passed[me] = true; fires(); goto idle }
    :: atomic { !FRESH -> goto declines }
    fi
}

/* A dispatcher who closes it, or lets it be. */
proctype dispatcher()
{
    READ; byte me = DESK;

closes:
    if
    :: atomic { state == OPEN || state == ACCEPTED -> reads() }
    :: goto rests
    fi;
    if
    :: atomic { FRESH && STATE == OPEN -> STEP(OPEN, Closed, CLOSED); stands_down(0, NOBODY); stands_down(1, NOBODY) }
    :: atomic { FRESH && STATE == ACCEPTED -> STEP(ACCEPTED, Closed, CLOSED); stands_down(0, NOBODY); stands_down(1, NOBODY);
                if :: holder != NOBODY -> over[holder] = WAITING; another[holder] = under_way :: else fi }
    :: atomic { !FRESH -> goto closes }
    fi;
rests:
    skip
}

/* paging.tick. The last hour of a request is long: what waits or is under way has come to its end before, if AN_HOUR says so. */
#ifdef AN_HOUR
#define RESTED EMPTY
#else
#define RESTED true
#endif

proctype clock()
{
    READ; byte me = CLOCK;

ticks:
end:
    if
    :: atomic { state == OPEN && rung < 2 -> reads() }
    :: atomic { state == ACCEPTED && given_back > 0 -> reads() }
    :: atomic { (state == CONTACTED || state == CLOSED) && RESTED -> reads() }
    fi;
    if
    :: atomic { FRESH && STATE == OPEN -> STEP(OPEN, Ticked, OPEN); fires() }
    :: atomic { FRESH && STATE == ACCEPTED && given_back > 0 ->
           given_back--; STEP(ACCEPTED, Ticked, OPEN); goes_back(holder) }
    :: atomic { FRESH && STATE == ACCEPTED && given_back == 0 -> STEP(ACCEPTED, Ticked, ACCEPTED) }
    :: atomic { FRESH && STATE == CONTACTED -> STEP(CONTACTED, Ticked, ERASED);
                forgets(page[0]); forgets(page[1]); forgets(over[0]); forgets(over[1]) }
    :: atomic { FRESH && STATE == CLOSED -> STEP(CLOSED, Ticked, ERASED);
                forgets(page[0]); forgets(page[1]); forgets(over[0]); forgets(over[1]) }
    :: atomic { !FRESH -> skip }
    fi;
    atomic { stale[me] = true; goto ticks }
}

/* A report moves a request from any state to the same. */
inline reported()
{
    if
    :: STATE == OPEN -> STEP(OPEN, Reported, OPEN)
    :: STATE == ACCEPTED -> STEP(ACCEPTED, Reported, ACCEPTED)
    :: STATE == CONTACTED -> STEP(CONTACTED, Reported, CONTACTED)
    :: STATE == CLOSED -> STEP(CLOSED, Reported, CLOSED)
    :: STATE == ERASED -> STEP(ERASED, Reported, ERASED)
    fi
}

/* messages.report, where the carrier has taken it. A page that was dropped meanwhile is taken back. */
inline sent(status)
{
    if
    :: status == FORGOTTEN -> status = FORGETTING
    :: status == WAITING -> status = SENT; reached[p] = of_page
    :: status == DROPPED -> status = SENT; reached[p] = of_page;
        if :: of_page -> slipped_out() :: else fi
    :: else
    fi
}

inline slipped_out()
{
    if
#ifndef NO_TAKING_BACK
    :: state != OPEN && state != ERASED && p != holder && !passed[p] -> over[p] = WAITING
#endif
    :: else
    fi
}

inline settled(status)
{
    if :: status == FORGETTING -> status = FORGOTTEN :: status == WAITING -> status = DROPPED :: else fi
}

#ifdef NO_LOOK
#define WANTED true
#else
#define WANTED (state == OPEN && !passed[p])
#endif

proctype worker()
{
    READ; byte me = WORKER; byte p; bool goes, of_page;

idle:
end:
    atomic { WAITS(0) || FORGETS(0) || WAITS(1) || FORGETS(1) ->
        under_way = true;
        if
        :: page[0] == WAITING || page[0] == FORGETTING -> p = 0; of_page = true
        :: page[1] == WAITING || page[1] == FORGETTING -> p = 1; of_page = true
        :: over[0] == WAITING || over[0] == FORGETTING -> p = 0; of_page = false
        :: over[1] == WAITING || over[1] == FORGETTING -> p = 1; of_page = false
        fi;
        if
        :: of_page -> goes = page[p] == WAITING && WANTED
        :: !of_page -> goes = over[p] == WAITING && (state == ACCEPTED || state == CONTACTED || state == CLOSED)
        fi;
        reads()
    };
    if
    :: atomic { goes && of_page ->
           assert(state == OPEN || stale[me]);  /* it was open when the worker looked */
           rings[p] = true; asked[p] = true; paged = true }
    :: atomic { goes && !of_page -> asked[p] = false }
    :: atomic { !goes -> skip }
    fi;
    if
    :: atomic { KILLED; goto rests }
    :: skip
    fi;
    do
    :: atomic { FRESH ->
           reported();
           if
           :: another[p] && goes && of_page -> reached[p] = true; slipped_out()
           :: another[p] && !(goes && of_page)
           :: !another[p] && goes && of_page -> sent(page[p])
           :: !another[p] && goes && !of_page -> sent(over[p])
           :: !another[p] && !goes && of_page -> settled(page[p])
           :: !another[p] && !goes && !of_page -> settled(over[p])
           fi;
           goto rests }
    :: atomic { !FRESH -> reads() }
    od;
rests:
    atomic { stale[me] = true; under_way = false; another[0] = false; another[1] = false; p = 0; goes = false; of_page = false; goto idle }
}

/* Nothing can happen any more. There is no way to go on for ever either, which is checked apart: so it always comes to this. */
active proctype judge()
{
end:
    timeout ->
        assert(paged || state != OPEN);                       /* it was paged */
        assert(!answers[0] && !answers[1]);                   /* who said yes was told: it is theirs, or somebody else's, or over */
        assert(state == OPEN || state == ACCEPTED || state == ERASED);
        assert(EMPTY);
        assert(personal == (state != ERASED));
#ifdef AN_HOUR
        assert(state == OPEN || !asked[0] || holder == 0 || passed[0]);  /* whoever was asked in vain was told that it is over */
        assert(state == OPEN || !asked[1] || holder == 1 || passed[1])
#endif
}

init
{
    atomic {
        page[0] = WAITING; page[1] = NONE; over[0] = NONE; over[1] = NONE;
        run coordinator(0); run coordinator(1); run dispatcher(); run clock(); run worker()
    }
}
