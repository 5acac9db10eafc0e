"""Snellen trains computer-vision models and shows, at every epoch, what they see and what they miss."""

__version__ = "0.1.0"
