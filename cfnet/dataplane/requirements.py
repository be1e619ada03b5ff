"""What cells need of a machine: a trial that leaves nothing behind, and the cause and the remedy where it fails."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, assert_never

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


_PATIENCE: Final = 30
_MOST_NAMESPACES: Final = "user.max_user_namespaces"
_CLONE: Final = "kernel.unprivileged_userns_clone"
_APPARMOR: Final = "kernel.apparmor_restrict_unprivileged_userns"
_ENOUGH: Final = 15_000

_PACKAGES: Final = {"ip": "iproute2", "nsenter": "util-linux", "unshare": "util-linux", "bridge": "iproute2"}
_RENAMED: Final = {
    ("fedora", "iproute2"): "iproute",
    ("fedora", "iptables-nft"): "iptables-nft",
    ("fedora", "iptables-legacy"): "iptables-legacy",
    ("alpine", "iptables-legacy"): "iptables-legacy",
    ("arch", "iptables-nft"): "iptables-nft",
}
_GENERAL: Final = {"iptables-nft": "iptables", "iptables-legacy": "iptables"}
_INSTALLERS: Final = {
    "debian": "sudo apt-get install",
    "fedora": "sudo dnf install",
    "arch": "sudo pacman -S",
    "alpine": "sudo apk add",
    "suse": "sudo zypper install",
}
_FAMILIES: Final = {"ubuntu": "debian", "rhel": "fedora", "centos": "fedora", "opensuse": "suse", "sles": "suse"}

_AS_ROOT: Final = "Or run every 'cfnet sandbox' and 'cfnet --sandbox' command with sudo: root has its own sandbox."
_ELSEWHERE: Final = "The other sandbox commands, and 'cfnet tour', work without cells."


class TrialStage(StrEnum):
    """The parts of the trial, in order."""

    NAMESPACES = "namespaces"
    LINKS = "links"
    VXLAN = "vxlan"
    RULES = "rules"


class MachineFacts(NamedTuple):
    """What is known of a machine.

    Attributes:
        platform: the platform, as in `sys.platform`.
        root: whether this user is root.
        systems: the distribution and those that it is like, from `/etc/os-release`.
        backend: the iptables back end, `nft` or `legacy`.
        missing: programs that were not found.
        settings: those of the kernel's settings about user namespaces that exist.
        failed: the part of the trial that failed; None if none did, or it was not run.
        said: the message with which it failed.
    """

    platform: str
    root: bool = False
    systems: Sequence[str] = ()
    backend: str = "nft"
    missing: Sequence[str] = ()
    settings: Mapping[str, str] = {}
    failed: TrialStage | None = None
    said: str = ""


class Obstacle(NamedTuple):
    """Why cells cannot run on a machine, and what to do about it."""

    cause: str
    remedy: str


def programs(backend: str) -> tuple[str, ...]:
    """The programs that cells need."""
    names = (f"iptables-{backend}", f"iptables-{backend}-restore", f"iptables-{backend}-save")
    return ("ip", "bridge", "nsenter", "unshare", *names)


def obstacle(facts: MachineFacts) -> Obstacle | None:
    """Decide what keeps cells from running; None if nothing does."""
    if facts.platform != "linux":
        return Obstacle(
            "Cells are Linux network namespaces: they need Linux.",
            f"Use a Linux machine, or a Linux VM on this one. {_ELSEWHERE}",
        )
    if facts.missing:
        return _missing(facts)
    return _of_stage(facts.failed, facts) if facts.failed else None


def _of_stage(failed: TrialStage, facts: MachineFacts) -> Obstacle:
    match failed:
        case TrialStage.NAMESPACES | TrialStage.LINKS:
            return _forbidden_to_root(facts) if facts.root else _forbidden(facts)
        case TrialStage.VXLAN:
            return Obstacle(
                f"The kernel cannot create a VXLAN interface: {facts.said}",
                "Load its module with 'sudo modprobe vxlan'; where that is missing, install the distribution's package"
                " of further kernel modules (linux-modules-extra-…, kernel-modules-extra).",
            )
        case TrialStage.RULES:
            other = "legacy" if facts.backend == "nft" else "nft"
            return Obstacle(
                f"The kernel does not load the rules of a cell with iptables-{facts.backend}: {facts.said}",
                f"Try 'cfnet sandbox up --backend {other}', or load the modules: 'sudo modprobe -a {_modules(facts)}'.",
            )
        case _:
            assert_never(failed)


def _forbidden_to_root(facts: MachineFacts) -> Obstacle:
    return Obstacle(
        f"Root may not create network namespaces here: {facts.said}",
        "If this is a container, start it with --privileged, or run cfnet outside.",
    )


def _missing(facts: MachineFacts) -> Obstacle:
    family = next((name for each in facts.systems for name in (_FAMILIES.get(each, each),) if name in _INSTALLERS), "")
    packages = (_PACKAGES.get(name, f"iptables-{facts.backend}") for name in facts.missing)
    wanted = " ".join(dict.fromkeys(_RENAMED.get((family, each), _GENERAL.get(each, each)) for each in packages))
    install = _INSTALLERS.get(family)
    return Obstacle(
        f"Cells need programs that are missing here: {', '.join(facts.missing)}.",
        f"Install them: {install} {wanted}" if install else f"Install them; the packages are often named {wanted}.",
    )


def _forbidden(facts: MachineFacts) -> Obstacle:
    """Why an ordinary user may not have namespaces of their own."""
    if facts.settings.get(_MOST_NAMESPACES) == "0":
        return _setting("User namespaces are disabled", _MOST_NAMESPACES, _ENOUGH)
    if facts.settings.get(_CLONE) == "0":
        return _setting("Only root may create user namespaces", _CLONE, 1)
    if facts.settings.get(_APPARMOR, "0") != "0":
        return _setting("AppArmor keeps ordinary users from using user namespaces", _APPARMOR, 0)
    if "No space left" in facts.said:
        return Obstacle(
            f"The limit of user namespaces is reached: {facts.said}",
            f"Raise it: sudo sysctl {_MOST_NAMESPACES}={_ENOUGH}. {_AS_ROOT}",
        )
    return Obstacle(
        f"This user may not create namespaces: {facts.said}",
        "If this is a container, its runtime forbids them: start it with --privileged, or run cfnet outside."
        f" {_AS_ROOT}",
    )


def _setting(what: str, name: str, value: int) -> Obstacle:
    return Obstacle(
        f"{what} ({name} is {1 - value if value < 2 else 0}).",  # noqa: PLR2004 - 0 and 1 are switches
        f"Allow them until the next start: sudo sysctl {name}={value}. {_AS_ROOT}",
    )


def _modules(facts: MachineFacts) -> str:
    own = ("nf_tables", "nft_compat") if facts.backend == "nft" else ("iptable_filter",)
    used = ("xt_conntrack", "xt_mark", "xt_comment", "xt_limit", "xt_LOG", "xt_iprange", "ipt_REJECT")
    return " ".join((*own, *used))


_LINKS: Final = """\
link set lo up
link add cfnet-a type bridge
link add cfnet-b type veth peer name cfnet-c
"""
_VXLAN: Final = "link add cfnet-d type vxlan id 1 dstport 4789 local 127.0.0.1 nolearning gbp\n"
_RULES: Final = """\
*filter
:cfnet - [0:0]
-A FORWARD -j cfnet
-A cfnet -s 10.255.0.1/32 -m comment --comment "src:a" -j MARK --set-xmark 0x1/0xffffffff
-A cfnet -d 10.255.0.1/32 -p tcp -m tcp --dport 8080 -m mark --mark 0x1 -m conntrack --ctstate NEW -j LOG --log-prefix "a "
-A cfnet -d 10.255.0.1/32 -p udp -m udp --dport 53 -m limit --limit 1/sec -j LOG --log-prefix "a "
-A cfnet -m state --state RELATED,ESTABLISHED -j ACCEPT
-A cfnet -m iprange --dst-range 10.0.0.1-10.0.0.2 -j RETURN
-A cfnet -j REJECT --reject-with icmp-port-unreachable
COMMIT
*nat
-A POSTROUTING -s 10.255.0.0/24 ! -o cfnet -j MASQUERADE
COMMIT
"""  # noqa: E501 - a rule is a line
_OWN_USER: Final = ("--user", "--map-root-user")
_TRIAL: Final = """\
echo namespaces
mount -t tmpfs tmpfs /run || exit
ip -batch - <<'END' || exit
{links}END
echo links
ip -batch - <<'END' || exit
{vxlan}END
echo vxlan
iptables-{backend}-restore <<'END' || exit
{rules}END
echo rules
"""


def gather(backend: str, variables: Mapping[str, str]) -> MachineFacts:
    """Find out about this machine: look for programs, then try everything in namespaces that end with the trial.

    Args:
        backend: the iptables back end, `nft` or `legacy`.
        variables: the environment variables; PATH has the directories of administrators' programs.
    """
    if sys.platform != "linux":
        return MachineFacts(sys.platform)
    facts = MachineFacts(
        sys.platform,
        os.geteuid() == 0,
        _systems(_text("/etc/os-release") or _text("/usr/lib/os-release")),
        backend,
        _without(programs(backend), variables.get("PATH", "")),
        _settings(),
    )
    return facts if facts.missing else _after_trial(facts, variables)


def refused(said: str, *, root: bool) -> Obstacle:
    """Explain why the kernel has refused namespaces to cfnet itself, although the trial, by `unshare`, succeeded.

    Security modules may allow one program what they forbid to another.
    """
    return _of_stage(TrialStage.NAMESPACES, MachineFacts("linux", root, settings=_settings(), said=said))


def _settings() -> Mapping[str, str]:
    return {name: text.strip() for name in (_MOST_NAMESPACES, _CLONE, _APPARMOR) if (text := _text(_proc(name)))}


def _without(names: Sequence[str], path: str) -> Sequence[str]:
    return [name for name in names if shutil.which(name, path=path) is None]


def _after_trial(facts: MachineFacts, variables: Mapping[str, str]) -> MachineFacts:
    done, said = _tried(facts.backend, () if facts.root else _OWN_USER, variables)
    if facts.root and not done:
        # Root of a container may lack the permission, and have it in a user namespace.
        done, said = _tried(facts.backend, _OWN_USER, variables)
    return facts._replace(failed=next((stage for stage in TrialStage if stage.value not in done), None), said=said)


def _tried(backend: str, own: Sequence[str], variables: Mapping[str, str]) -> tuple[Sequence[str], str]:
    """Run the trial; return the parts that succeeded, and the first message of the one that failed."""
    script = _TRIAL.format(links=_LINKS, vxlan=_VXLAN, rules=_RULES, backend=backend)
    words = ("unshare", *own, "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", script)
    try:
        ran = subprocess.run(  # noqa: S603 - constants
            words, env=variables, capture_output=True, check=False, timeout=_PATIENCE, text=True
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return (), str(error)
    lines = [line.strip() for line in ran.stderr.splitlines() if line.strip()]
    return ran.stdout.split(), lines[0] if lines else f"exit code {ran.returncode}"


def _systems(text: str) -> Sequence[str]:
    """The `ID` and the `ID_LIKE` of an os-release file."""
    values = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    return [word for key in ("ID", "ID_LIKE") for word in values.get(key, "").strip("\"'").split()]


def _proc(name: str) -> str:
    return f"/proc/sys/{name.replace('.', '/')}"


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
