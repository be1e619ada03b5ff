"""A foundation with names that are hard to type in shells."""

from cfnet.policy import Policy, Ports, Protocol
from cfnet.sandbox import DEFAULT, WorldApp, WorldOrg, WorldSpace

_APP, _FAR = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"

HARD_NAMES = (
    *("col:on", "col:our", "it's", "l'", 'say "hi"', "$HOME", "back\\slash", "ünï", "a=b", "#hash", "~tilde", "star*"),
    *("my apple", "semi;colon", "tick`s", "wow!1", "no!!"),
)

HARD_WORLD = DEFAULT._replace(
    orgs=(*DEFAULT.orgs, WorldOrg("other org", "")),
    spaces=(*DEFAULT.spaces, WorldSpace("my space", "demo"), WorldSpace("far:space", "other org")),
    apps=(
        *DEFAULT.apps,
        WorldApp("my app", "demo/dev", _APP),
        WorldApp("there", "other org/far:space", _FAR),
        *(WorldApp(name, "demo/dev", "") for name in HARD_NAMES),
    ),
    policies=(
        Policy(_APP, DEFAULT.apps[1].guid, Protocol.TCP, Ports(8080, 8080)),
        Policy(_APP, DEFAULT.apps[1].guid, Protocol.UDP, Ports(5000, 5010)),
        Policy(_APP, _FAR, Protocol.TCP, Ports(9, 9)),
    ),
)
"""The default world and more; `my app` may call `appB` and `there` in another org."""
