import os
from pathlib import Path

import pytest

from cfnet.dataplane.requirements import MachineFacts, TrialStage, gather, obstacle, programs, refused

_USER = MachineFacts("linux", systems=["ubuntu", "debian"])
_DENIED = _USER._replace(failed=TrialStage.NAMESPACES, said="unshare: unshare failed: Operation not permitted")


@pytest.mark.parametrize(
    ("facts", "cause", "remedy"),
    [
        pytest.param(MachineFacts("darwin"), "they need Linux", "a Linux VM on this one", id="macOS"),
        pytest.param(MachineFacts("win32"), "they need Linux", "a Linux VM on this one", id="Windows"),
        pytest.param(
            _USER._replace(missing=["iptables-nft", "iptables-nft-restore"]),
            "missing here: iptables-nft, iptables-nft-restore.",
            "Install them: sudo apt-get install iptables",
            id="Ubuntu without iptables",
        ),
        pytest.param(
            _USER._replace(missing=["ip", "bridge"], systems=["rhel", "fedora"]),
            "missing here: ip, bridge.",
            "sudo dnf install iproute",
            id="RHEL without iproute",
        ),
        pytest.param(
            _USER._replace(missing=["iptables-legacy"], systems=["fedora"], backend="legacy"),
            "missing here: iptables-legacy.",
            "sudo dnf install iptables-legacy",
            id="Fedora without the legacy back end",
        ),
        pytest.param(
            _USER._replace(missing=["nsenter"], systems=["nixos"]),
            "missing here: nsenter.",
            "the packages are often named util-linux.",
            id="a distribution without a known installer",
        ),
        pytest.param(
            _DENIED._replace(settings={"user.max_user_namespaces": "0"}),
            "User namespaces are disabled (user.max_user_namespaces is 0).",
            "sudo sysctl user.max_user_namespaces=15000.",
            id="no user namespaces",
        ),
        pytest.param(
            _DENIED._replace(settings={"kernel.unprivileged_userns_clone": "0", "user.max_user_namespaces": "9"}),
            "Only root may create user namespaces (kernel.unprivileged_userns_clone is 0).",
            "sudo sysctl kernel.unprivileged_userns_clone=1.",
            id="Debian's switch",
        ),
        pytest.param(
            _DENIED._replace(failed=TrialStage.LINKS, settings={"kernel.apparmor_restrict_unprivileged_userns": "1"}),
            "AppArmor keeps ordinary users from using user namespaces"
            " (kernel.apparmor_restrict_unprivileged_userns is 1).",
            "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0.",
            id="Ubuntu's AppArmor",
        ),
        pytest.param(
            _DENIED._replace(said="unshare: unshare failed: No space left on device"),
            "The limit of user namespaces is reached: unshare: unshare failed: No space left on device",
            "Raise it: sudo sysctl user.max_user_namespaces=",
            id="too many user namespaces",
        ),
        pytest.param(
            _DENIED,
            "This user may not create namespaces: unshare: unshare failed: Operation not permitted",
            "start it with --privileged",
            id="a container's seccomp profile",
        ),
        pytest.param(
            _DENIED._replace(root=True),
            "Root may not create network namespaces here: unshare: unshare failed: Operation not permitted",
            "start it with --privileged",
            id="root in a container",
        ),
        pytest.param(
            _USER._replace(failed=TrialStage.VXLAN, said="Error: Unknown device type."),
            "The kernel cannot create a VXLAN interface: Error: Unknown device type.",
            "sudo modprobe vxlan",
            id="no VXLAN",
        ),
        pytest.param(
            _USER._replace(failed=TrialStage.RULES, said="Extension MARK revision 0 not supported"),
            "with iptables-nft: Extension MARK revision 0 not supported",
            "Try 'cfnet sandbox up --backend legacy'",
            id="a match that is missing",
        ),
        pytest.param(
            _USER._replace(failed=TrialStage.RULES, backend="legacy"),
            "with iptables-legacy",
            "'sudo modprobe -a iptable_filter ",
            id="no ip_tables",
        ),
    ],
)
def test_each_obstacle_has_its_cause_and_its_remedy(facts: MachineFacts, cause: str, remedy: str) -> None:
    found = obstacle(facts)

    assert found is not None
    assert cause in found.cause
    assert remedy in found.remedy


@pytest.mark.parametrize("root", [True, False])
def test_nothing_stands_in_the_way_where_the_trial_succeeds(root: bool) -> None:  # noqa: FBT001 - a parameter
    # A restriction that does not restrict this user is no obstacle.
    facts = _USER._replace(root=root, settings={"kernel.apparmor_restrict_unprivileged_userns": "1"})

    assert obstacle(facts) is None


def test_root_is_not_told_about_settings_for_ordinary_users() -> None:
    found = obstacle(_DENIED._replace(root=True, settings={"user.max_user_namespaces": "0"}))

    assert found is not None
    assert "sysctl" not in found.remedy
    assert "sudo" not in found.remedy


def test_a_refusal_of_cfnet_itself_has_a_remedy_too() -> None:
    found = refused("Operation not permitted", root=True)

    assert found.cause == "Root may not create network namespaces here: Operation not permitted"
    assert found.remedy


@pytest.mark.skipif(os.name == "nt", reason="needs a PATH of POSIX")
def test_programs_are_looked_for_in_the_path(tmp_path: Path) -> None:
    facts = gather("nft", {"PATH": str(tmp_path)})

    assert list(facts.missing) == (list(programs("nft")) if facts.platform == "linux" else [])
