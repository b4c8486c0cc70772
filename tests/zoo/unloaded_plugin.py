"""A plug-in that was taken out of sys.modules: one of its functions still holds all its globals."""

import sys
import types

import refgraph
import zoo

SOURCE = """
class Settings:
    pass

SETTINGS = Settings()

def greet():
    return SETTINGS
"""
HOOKS = []


def load():
    plugin = sys.modules["plugin"] = types.ModuleType("plugin")
    exec(SOURCE, vars(plugin))
    HOOKS.append(plugin.greet)


def unload():
    del sys.modules["plugin"]


load()
unload()
snap = refgraph.capture()
zoo.expect(
    zoo.only(snap, "plugin.Settings"),
    zoo.Held("sys.modules['__main__'].HOOKS[0].__globals__['SETTINGS']"),
)
