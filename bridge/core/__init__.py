"""The law of the house. Pure: no I/O, no clock, no Redis; `now` (seconds since 1970, UTC) is always an argument."""
