"""The store: Redis or Valkey. `redis_store` is the port's one adapter, `server` the embedded server, *.lua the atomic writes.

Documents are JSON with the number of their format: see `versions`. What time all of it goes by: see `timekeeper`. What expires
does so by the store's own clock, which may be set: that is only a net, wherever an hour early or late would lose or mislead.

Keys (all ids and codes; a place or a number appears only inside documents, where it is sealed: see `seal`):

    req:{id}       hash: version, doc        a request
    requests       set of ids                those that are not erased
    due            sorted set, seconds UTC   "id" or "call/sid": when the clock has something to do there
    outbox         sorted set, seconds UTC   "id/n": when an effect is tried next
    late           sorted set, seconds UTC   what the clock has handed out and nobody has settled: since when it was due
    claim:{id/n}   string, expires           who is carrying the effect out, and until when (seconds, UTC): see held.lua
    code:{code}    string                    the request that has the code; rests for eight days after the request is erased
    caller:{mac}   string                    the request that a number has open, under a keyed hash of the number
    shares:{mac}   set                       the other open requests with this number, if any
    call:{sid}     string, expires           a call that is going on
    waits:{id}     string, expires           the call in which the caller of the request waits on the line
    ledger         hash: version, doc        what people have changed in the rota
    ledger_log     list, newest last         who changed it, when and how
    calendars      hash: name -> copy        the last good copies of calendars that are kept elsewhere
    proposal:{id}  string, expires           a change of the rota that this person has not confirmed yet
    notice:{id}    string, expires           a text or call that belongs to no request; in the outbox "notice/id"
    voice_only     hash: person id -> why    whom texts do not reach
    put_through    sorted set                when callers were put through to a dispatcher, for a day
    once:{mac}     string, expires           throttles, under a keyed hash: when they end (seconds, UTC)
    time:{boot}    hash, expires             what time the processes of this machine keep: see timekeeper.py
    users          hash: name -> user        who may log in besides those of users.toml
    tries:{hash}   sorted set, expires       when somebody tried to log in, under a keyed hash of what is counted
    trail          list, oldest first        the audit trail: entries chained by keyed hashes, see bridge.core.chain
    trail_head     hash                      its end (n, hash), what it begins after (first, first_hash), older entries covered
    trail_marks    hash: name -> value       what was last written down of the configuration, such as hashes of its files
    trail_checked  string                    how it stood when the whole trail was last read
    trail_often    sorted set, seconds UTC   until when something is counted that happens in floods
    often:{mac}    hash, expires             how often, and what
    acts           list, newest last         the audit trail of releases before 0.5.0: stands before the chain, which covers it
    session:{hash} string, expires           who is logged in, or was until it was ended, under a hash of the session's id
    out:{hash}     string, expires           when all sessions of a user were ended, under a hash of the name
    used:{code}    string, expires           one-time codes that were used
    limit:{…}      sorted set, expires       when somebody called, texted or guessed, under keyed hashes: see redis_guard.py
    over           sorted set, seconds UTC   until when calls and texts count, under keyed hashes: old copies do not
    abuse          sorted set, seconds UTC   of what kinds there was too much, and when last
    rewrite        hash                      what was erased and may be in the files still: see redis_files.py
    beats          sorted set, seconds UTC   when each process last said that it is alive
    carrier        hash                      when the carrier last answered and failed, and with what trouble
    canary         hash                      the page to nobody: when it came back last, how long it took, since when it is away
"""
