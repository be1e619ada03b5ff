"""The lines that add and remove the chains of a container."""

from cfnet.cell.model.agent_settings import AgentSettings
from cfnet.cell.model.container import Container
from cfnet.dataplane.start_chains import added_chains, removed_chains, rules_by_chain, started_chains, target_of

SETTINGS = AgentSettings(underlay_interface_names=("eth0",))
FIRST, SECOND, THIRD = (Container(f"{letter}-handle", f"10.255.77.{at}", "app") for at, letter in enumerate("abc", 3))


def jumps(lines: list[str]) -> list[str]:
    """The lines that change INPUT and FORWARD."""
    return [line for line in lines if " INPUT " in line or " FORWARD " in line]


def listing(*containers: Container) -> str:
    """What `iptables -S` prints on a cell with a policy chain and these containers."""
    lines = added_chains(started_chains(containers, SETTINGS), [], "")
    return "-N vpa--1\n-A FORWARD -j vpa--1\n" + "".join(f"{line}\n" for line in lines if line.startswith("-A"))


def test_the_first_containers_are_appended_by_handle() -> None:
    lines = list(added_chains(started_chains([SECOND, FIRST], SETTINGS), [], "-N vpa--1\n-A FORWARD -j vpa--1\n"))
    assert jumps(lines) == [
        "-A INPUT -s 10.255.77.3/32 -j input--a-handle",
        "-A FORWARD -s 10.255.77.3/32 -o eth0 -j netout--a-handle",
        "-A FORWARD -j overlay--a-handle",
        "-A INPUT -s 10.255.77.4/32 -j input--b-handle",
        "-A FORWARD -s 10.255.77.4/32 -o eth0 -j netout--b-handle",
        "-A FORWARD -j overlay--b-handle",
    ]


def test_a_container_is_inserted_before_those_with_later_handles() -> None:
    """Two at once: positions count what was inserted before."""
    present = started_chains([THIRD], SETTINGS)
    lines = list(added_chains(started_chains([FIRST, SECOND], SETTINGS), present, listing(THIRD)))
    assert jumps(lines) == [
        "-I INPUT 1 -s 10.255.77.3/32 -j input--a-handle",
        "-I FORWARD 2 -s 10.255.77.3/32 -o eth0 -j netout--a-handle",
        "-I FORWARD 3 -j overlay--a-handle",
        "-I INPUT 2 -s 10.255.77.4/32 -j input--b-handle",
        "-I FORWARD 4 -s 10.255.77.4/32 -o eth0 -j netout--b-handle",
        "-I FORWARD 5 -j overlay--b-handle",
    ]


def test_chains_are_removed_as_far_as_they_exist() -> None:
    """With the jumps to them, whoever made these; others stay."""
    there = "-N one\n-N two\n-A FORWARD -j one\n-A INPUT -s 10.0.0.1/32 -g one\n-A FORWARD -j two\n-A one -j two\n"
    assert list(removed_chains(["one", "three"], there)) == [
        "-D FORWARD -j one",
        "-D INPUT -s 10.0.0.1/32 -g one",
        "-F one",
        "-X one",
    ]


def test_rules_are_read_by_chain() -> None:
    """Policies and empty chains have none; a comment is no target."""
    assert rules_by_chain("-P INPUT ACCEPT\n-N empty\n-A INPUT -j empty\n") == {"INPUT": ["-j empty"], "empty": []}
    assert target_of('-m comment --comment "a -g" -j ACCEPT') == "ACCEPT"
    assert target_of("-s 10.0.0.1/32") == ""
