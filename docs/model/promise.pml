/* How a request comes about: a caller, the web processes that answer the carrier, a store that may fall, and the clock.
 *
 * The store answers a write only once it is on disk; what it had only in memory is gone when it falls. The carrier asks another
 * web process where one is killed, or has the caller put through to the desk. A caller may hang up at any moment. Everybody makes
 * the request under the name that the call has, so however often it is made, it is one.
 */

#ifndef CRASHES
#define CRASHES 3     /* web processes and clocks killed, and falls of the store */
#endif

#define GONE_WRONG crashes > 0 -> crashes--

/* What stands in the memory of the store, and what on its disk: the call with what was confirmed in it, and the request. */
bool call_seen, call_kept, request_seen, request_kept;

byte crashes = CRASHES;

/* What the caller knows. */
bool confirmed, promised, with_desk, hung_up;

#define DIRTY (call_seen != call_kept || request_seen != request_kept)

active proctype store()
{
end:
    do
    :: atomic { DIRTY -> call_kept = call_seen; request_kept = request_seen }
    :: atomic { GONE_WRONG; call_seen = call_kept; request_seen = request_kept }
    od
}

#ifdef BEFORE_THE_DISK
#define KEPT(what) what##_seen
#else
#define KEPT(what) (what##_kept && what##_seen)
#endif

/* One web process, or the next one that the carrier asks. */
active proctype caller()
{
    if
    :: hung_up = true; goto gone       /* before anything is known */
    :: skip
    fi;

confirms:
    call_seen = true;
    if
    :: atomic { KEPT(call) -> confirmed = true }
    :: atomic { !call_seen -> goto confirms }  /* the store has fallen: written again */
    :: atomic { GONE_WRONG; goto confirms }
    :: atomic { GONE_WRONG; with_desk = true; goto gone }
    :: atomic { hung_up = true; goto gone }
    fi;

#ifdef PROMISE_FIRST
    promised = true;
#endif

makes:
    request_seen = true;
    if
    :: KEPT(request)
    :: atomic { !request_seen -> goto makes }
    :: atomic { GONE_WRONG; goto makes }
    :: atomic { GONE_WRONG; with_desk = true; goto gone }
    :: atomic { hung_up = true; goto gone }
    fi;

    if
    :: promised = true
    :: atomic { GONE_WRONG; with_desk = true }
    :: hung_up = true
    fi;
gone:
    skip
}

/* callers.gone_quiet and callers.ended: what was said before a hang-up survives it. The call is forgotten after that, not before. */
active proctype clock()
{
end:
#ifndef NO_GONE_QUIET
    do
    :: atomic { call_seen && !KEPT(request) && !request_seen -> request_seen = true }
    :: atomic { GONE_WRONG }
    od
#else
    false
#endif
}

active proctype judge()
{
end:
    timeout ->
        assert(promised || with_desk || hung_up);
        assert(!confirmed || request_kept);   /* though they hung up, or were put through */
        assert(!promised || request_kept)
}

/* Whatever happens after the promise: the request is on disk, and stays there. */
ltl kept_promise { [] (!promised || request_kept) }
