/* One page on its way out: the outbox, a queue that may lose it, two workers, a claim that ends, a carrier that may be cut off.
 *
 * The clock hands out what stands in the outbox, as often as it likes: a worker sends it only while it has the claim. Before it
 * sends, it writes down that it is about to; whoever finds such an attempt asks the carrier first. Each worker may be killed at
 * any step. What a lease does is not here: it only keeps the clock from handing out more often than is of use.
 *
 * What is assumed of time: a claim lasts longer than all time-outs together, so when it ends, its worker is dead or stopped
 * (STOPS), and what that worker had sent has arrived or never will. The carrier knows what it has taken when it is asked, unless
 * it is SLOW.
 */
#include "table.pml"

#ifndef CRASHES
#define CRASHES 2   /* workers killed */
#endif
#ifndef CUTS
#define CUTS 1      /* connections cut, time-outs, answers that say nothing */
#endif
#ifndef LOST
#define LOST 1      /* jobs that the queue loses */
#endif
#ifndef BUSY
#define BUSY 1      /* refusals for now, certainly not taken */
#endif
#ifndef UNANSWERED
#define UNANSWERED 0  /* questions without an answer */
#endif
#ifndef STOPS
#define STOPS 0     /* claims that end under a worker that was only stopped */
#endif
#ifndef SLOW
#define SLOW 0      /* pages that the carrier takes only after it was asked about them */
#endif

#define NOBODY 2    /* the workers are 0 and 1 */

mtype:status = { WAITING, DROPPED, SENT, DELIVERED };  /* in the order of their rank, from the right */
mtype:line = { FREE, ASKED, TAKEN };

/* The store. */
mtype:state state = OPEN;
mtype:status status = WAITING;
bool outbox = true;
byte claim = NOBODY;
bool attempt;       /* somebody was about to send it, and what came of that is not known */

byte queue = 1;     /* handed out at once by whoever committed it */
bool holds[2];      /* this worker lives and is at it: nobody knows that but we */
mtype:line line[2] = FREE;  /* its request to the carrier */
byte adrift;        /* requests whose sender is dead, or has given up */
byte taken;         /* how many of them the carrier has taken */
byte receipts = 2;  /* how many it still sends: none, late, twice */

byte crashes = CRASHES; byte cuts = CUTS; byte lost = LOST; byte busy = BUSY;
byte unanswered = UNANSWERED; byte stops = STOPS; byte slow = SLOW;

#define STEP(from, event, to) assert(LAW_##event(from, to)); state = to
#define KILLED crashes > 0 -> crashes--; dies(); goto idle

inline dies() { holds[me] = false; knew = false; if :: line[me] == ASKED -> adrift++ :: else fi; line[me] = FREE }

/* commit.lua: what is settled stands in the outbox no more, and its claim and its attempt are gone. */
inline settles() { outbox = false; claim = NOBODY; attempt = false }

inline reported(to)
{
    if
    :: state == OPEN -> STEP(OPEN, Reported, OPEN)
    :: state == ACCEPTED -> STEP(ACCEPTED, Reported, ACCEPTED)
    fi;
    if
    :: status == WAITING -> status = to; settles()
    :: status == DROPPED -> status = to
    :: status == SENT && to == DELIVERED -> status = to
    :: else
    fi
}

/* Tried again later: the claim is given up, and it waits on. */
inline put_off()
{
    atomic { if :: status == WAITING -> claim = NOBODY :: else fi; dies(); goto idle }
}

proctype worker(byte me)
{
    bool knew;

idle:
end:
    atomic { queue > 0 -> queue-- };

    if                                            /* claim.lua */
#ifdef NO_CLAIM
    :: atomic { outbox -> holds[me] = true }
#else
    :: atomic { outbox && claim == NOBODY -> claim = me; holds[me] = true }
#endif
    :: atomic { !outbox || claim != NOBODY -> goto idle }
    :: atomic { KILLED }
    fi;

    if                                            /* sending._load */
    :: atomic { status != WAITING -> settles(); dies(); goto idle }
    :: atomic { status == WAITING -> assert(state == OPEN); knew = attempt }
    :: atomic { KILLED }
    fi;

#ifdef SENT_FIRST
    atomic { reported(SENT) };
#endif

#ifndef NO_QUESTION
    if                                            /* what became of the last attempt? */
    :: atomic { !knew -> skip }
    :: atomic { knew && taken > 0 -> goto writes }
    :: atomic { knew && taken == 0 && adrift == 0 -> skip }
    :: atomic { knew && taken == 0 && adrift > 0 && slow > 0 -> slow-- }
    :: atomic { knew && unanswered > 0 -> unanswered-- }
    :: atomic { KILLED }
    fi;
#endif

#ifndef NOTED_AFTER
    if
    :: atomic { attempt = true; knew = false }
    :: atomic { KILLED }
    fi;
#endif

    if
    :: atomic { line[me] = ASKED }
    :: atomic { KILLED }
    fi;

#ifdef NOTED_AFTER
    if
    :: atomic { attempt = true; knew = false }
    :: atomic { KILLED }
    fi;
#endif

    if
    :: atomic { line[me] == TAKEN -> line[me] = FREE }
    :: atomic { line[me] == ASKED && busy > 0 -> busy--; line[me] = FREE; attempt = false; goto waits }
    :: atomic { cuts > 0 -> cuts--; goto waits }  /* taken, or not: that is not known */
    :: atomic { KILLED }
    fi;

writes:
    if
    :: atomic { reported(SENT); dies(); goto idle }
    :: atomic { KILLED }
    fi;

waits:
    put_off()
}

/* What the network and the carrier make of a request. */
active proctype carrier()
{
end:
    do
    :: atomic { line[0] == ASKED -> line[0] = TAKEN; taken++ }
    :: atomic { line[1] == ASKED -> line[1] = TAKEN; taken++ }
    :: atomic { adrift > 0 -> adrift--; taken++ }
    :: atomic { adrift > 0 -> adrift-- }          /* it never arrives */
    :: atomic { taken > 0 && receipts > 0 -> receipts--; reported(DELIVERED) }
    od
}

/* Somebody takes the request, or nobody does. What waits then is dropped; what has been sent is taken back: see life.pml. */
active proctype coordinator()
{
    if
    :: atomic { STEP(OPEN, Accepted, ACCEPTED); if :: status == WAITING -> status = DROPPED; settles() :: else fi }
    :: skip
    fi
}

active proctype time()
{
end:
    do
#ifndef CLAIM_FOR_EVER
#ifdef SHORT_CLAIM
    :: atomic { claim != NOBODY -> claim = NOBODY }
#else
    :: atomic { claim != NOBODY && !holds[claim] && adrift == 0 -> claim = NOBODY }
    :: atomic { claim != NOBODY && holds[claim] && stops > 0 -> stops--; claim = NOBODY }
#endif
#endif
    :: atomic { lost > 0 && queue > 0 -> lost--; queue-- }
    od
}

/* paging.tick, in two processes: two of them do no more than one that does it twice. */
active proctype clock()
{
end:
    do
#ifndef NO_CLOCK
    :: atomic { outbox && queue < 2 -> queue++ }
#endif
#ifdef NO_CLOCK
    :: false
#endif
    od
}

/* The world goes on though nothing happens here: with this no state is a dead end, and whatever waits in vain waits for ever. */
active proctype world()
{
end:
    do
    :: skip; skip
    od
}

init { atomic { run worker(0); run worker(1) } }

/* A page arrives twice only where a question got no answer, a worker was stopped for longer than its claim, or the carrier took
 * it after it had denied it; and once more for each of these. */
ltl once { [] (taken <= 1 + UNANSWERED + 2 * STOPS + SLOW) }

/* It leaves, unless it is not wanted any more; and then nothing waits. */
ltl leaves { <> (taken > 0 || state != OPEN) }
ltl empties { <> [] (!outbox && queue == 0 && status != WAITING) }
