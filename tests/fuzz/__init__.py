"""Hostile input for everything that reads any: doors.py (webhooks), desk.py (forms), parsers.py."""
