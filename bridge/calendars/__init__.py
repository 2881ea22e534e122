"""Calendars that people keep elsewhere, read into the rota; and the rota, written as calendars for them to read.

- addresses: which addresses a calendar may be fetched from
- fetch: one answer from the internet, within limits of time and size
- events: what a file says, as occurrences in time; whatever is odd about it is reported, not believed
- named: whom the words of an event mean
- look: one calendar, fetched or read, as bookings and faults
- apart: the same in a process of its own, which can be ended; a calendar may be made to be endless
- refresh: every calendar in its turn; a broken one keeps its last good copy
- write: shifts as a calendar
"""
