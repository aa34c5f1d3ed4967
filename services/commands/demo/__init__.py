"""`tematika demo`: the main job on the sample calls, through the public API."""

from services.commands.demo.command import demo

__all__ = ["demo"]
