"""The bridge between a call for peer support and the coordinator on duty. See README.md for the map of the house."""

__version__ = "0.5.0"
