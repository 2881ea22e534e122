"""A Twilio-compatible carrier on this machine."""

from bridge.simulator.leg import CallLeg
from bridge.simulator.phones import Phone
from bridge.simulator.server import Simulator

__all__ = ["CallLeg", "Phone", "Simulator"]
