"""Rules as people write them, and as iptables prints them after loading; kernel tests check both backends."""

from typing import Final

SPELLED: Final[dict[str, tuple[str, str]]] = {
    "an option of the protocol without its module": (
        "-p tcp --dport 80 -j ACCEPT",
        "-p tcp -m tcp --dport 80 -j ACCEPT",
    ),
    "a condition after the target": ("-p tcp -j ACCEPT --dport 80", "-p tcp -m tcp --dport 80 -j ACCEPT"),
    "a protocol after its module": ("-m tcp -p tcp --dport 80 -j ACCEPT", "-p tcp -m tcp --dport 80 -j ACCEPT"),
    "an option of an earlier module": (
        "-p TCP -m tcp -m mark --mark 0x1 --dport 80 -j ACCEPT",
        "-p tcp -m tcp --dport 80 -m mark --mark 0x1 -j ACCEPT",
    ),
    "long options": (
        (
            "--source 10.0.0.1 --destination 10.0.0.2 --in-interface eth0 --out-interface eth1 --protocol udp"
            " --match udp --source-port 1 --destination-port 2 --jump ACCEPT"
        ),
        "-s 10.0.0.1/32 -d 10.0.0.2/32 -i eth0 -o eth1 -p udp -m udp --sport 1 --dport 2 -j ACCEPT",
    ),
    "abbreviated long options": ("--src 10.0.0.1 --dst 10.0.0.2 --goto c2", "-s 10.0.0.1/32 -d 10.0.0.2/32 -g c2"),
    "an abbreviated option": (
        "--dest 10.0.0.1 --sourc 10.0.0.2 --jum DROP",
        "-s 10.0.0.2/32 -d 10.0.0.1/32 -j DROP",
    ),
    "an abbreviated protocol option": ("--prot tcp --dpo 80 -j DROP", "-p tcp -m tcp --dport 80 -j DROP"),
    "an abbreviation of its long form": ("-p udp --destination-p 53 -j DROP", "-p udp -m udp --dport 53 -j DROP"),
    "a module's option that looks like an abbreviation": (
        "-m recent --set --name x --mask 255.255.255.255 --rsource -j DROP",
        "-m recent --set --name x --mask 255.255.255.255 --rsource -j DROP",
    ),
    "any order": (
        "-j ACCEPT -p udp -o eth1 -i eth0 ! -d 10.0.0.2 ! -s 10.0.0.1",
        "! -s 10.0.0.1/32 ! -d 10.0.0.2/32 -i eth0 -o eth1 -p udp -j ACCEPT",
    ),
    "a mask in four numbers": ("-s 10.0.0.1/255.255.255.0 -j DROP", "-s 10.0.0.0/24 -j DROP"),
    "a short address": ("-s 10.255/16 -j DROP", "-s 10.255.0.0/16 -j DROP"),
    "a shorter one": ("-s 10/8 -j DROP", "-s 10.0.0.0/8 -j DROP"),
    "a mask with gaps": ("-s 10.1.0.0/255.255.0.255 -j DROP", "-s 10.1.0.0/255.255.0.255 -j DROP"),
    "an empty mask": ("-d 0/0 -s 10.0.0.0/0.0.0.0 -j DROP", "-j DROP"),
    "a protocol by number": ("-p 6 -j DROP", "-p tcp -j DROP"),
    "udp by number": ("-p 17 --dport 53 -j DROP", "-p udp -m udp --dport 53 -j DROP"),
    "another one with a name": ("-p 47 -j DROP", "-p gre -j DROP"),
    "one without a name": ("-p 253 -j DROP", "-p 253 -j DROP"),
    "all protocols": ("-p all -j DROP", "-j DROP"),
    "all protocols by number": ("-p 0 -j DROP", "-j DROP"),
    "all interfaces": ("-i + -o eth+ -j DROP", "-o eth+ -j DROP"),
    "all ports": ("-p tcp -m tcp --dport 0:65535 -j DROP", "-p tcp -m tcp -j DROP"),
    "open port ranges": (
        "-p tcp --dport 80: --sport :90 -j DROP",
        "-p tcp -m tcp --sport 0:90 --dport 80:65535 -j DROP",
    ),
    "a port by name": ("-p tcp --dport https -j DROP", "-p tcp -m tcp --dport 443 -j DROP"),
    "a negated port": ("-p tcp ! --dport 80 -j DROP", "-p tcp -m tcp ! --dport 80 -j DROP"),
    "opening packets": (
        "-p tcp --syn -j REJECT",
        "-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j REJECT --reject-with icmp-port-unreachable",
    ),
    "an ICMP type by name": ("-p icmp --icmp-type echo-request -j DROP", "-p icmp -m icmp --icmp-type 8 -j DROP"),
    "a type with a code by name": (
        "-p icmp --icmp-type host-unreachable -j DROP",
        "-p icmp -m icmp --icmp-type 3/1 -j DROP",
    ),
    "another protocol's ports": ("-p sctp --dport 5 -j DROP", "-p sctp -m sctp --dport 5 -j DROP"),
    "ports of multiport": ("-p tcp -m multiport --destination-ports 1,2", "-p tcp -m multiport --dports 1,2"),
    "an octal mark": ("-m mark --mark 010 -j DROP", "-m mark --mark 0x8 -j DROP"),
    "a decimal mark": ("-m mark --mark 16 -j DROP", "-m mark --mark 0x10 -j DROP"),
    "a mark with all bits": ("-m mark --mark 2/0xffffffff -j DROP", "-m mark --mark 0x2 -j DROP"),
    "a mark in capitals": ("-m mark ! --mark 0xFFFF0000 -j DROP", "-m mark ! --mark 0xffff0000 -j DROP"),
    "states in a different order": (
        "-m state --state ESTABLISHED,RELATED -j DROP",
        "-m state --state RELATED,ESTABLISHED -j DROP",
    ),
    "conntrack states in a different order": (
        "-m conntrack --ctstate UNTRACKED,NEW,INVALID -j DROP",
        "-m conntrack --ctstate INVALID,NEW,UNTRACKED -j DROP",
    ),
    "a single address as a range": (
        "-m iprange --dst-range 1.2.3.4 -j DROP",
        "-m iprange --dst-range 1.2.3.4-1.2.3.4 -j DROP",
    ),
    "a rate in a different unit": ("-m limit --limit 60/minute -j DROP", "-m limit --limit 1/sec -j DROP"),
    "a rate that the kernel rounds": (
        "-m limit --limit 300/second --limit-burst 5 -j DROP",
        "-m limit --limit 303/sec -j DROP",
    ),
    "a rate without a unit": (
        "-m limit --limit 7 --limit-burst 9 -j DROP",
        "-m limit --limit 7/sec --limit-burst 9 -j DROP",
    ),
    "a limit without a rate": ("-m limit -j DROP", "-m limit --limit 3/hour -j DROP"),
    "several comments": (
        '-j DROP -m comment --comment a -m comment --comment "b c"',
        '-m comment --comment a -m comment --comment "b c" -j DROP',
    ),
    "unnecessary quotes": (
        '-s "10.0.0.1" -m comment --comment "a" -j DROP',
        "-s 10.0.0.1/32 -m comment --comment a -j DROP",
    ),
    "escapes in a comment": (
        r'-m comment --comment "it\'s \"x\" \\ y" -j DROP',
        r'-m comment --comment "it\'s \"x\" \\ y" -j DROP',
    ),
    "a mark to set": ("-j MARK --set-mark 2", "-j MARK --set-xmark 0x2/0xffffffff"),
    "a mark to set with a mask": ("-j MARK --set-mark 2/0xf0", "-j MARK --set-xmark 0x2/0xf2"),
    "a mark without a mask": ("-j MARK --set-xmark 0x2", "-j MARK --set-xmark 0x2/0xffffffff"),
    "bits to set": ("-j MARK --or-mark 2", "-j MARK --set-xmark 0x2/0x2"),
    "bits to keep": ("-j MARK --and-mark 0xff", "-j MARK --set-xmark 0x0/0xffffff00"),
    "bits to flip": ("-j MARK --xor-mark 0x3", "-j MARK --set-xmark 0x3/0x0"),
    "an abbreviated reject type": (
        "-j REJECT --reject-with port-unreach",
        "-j REJECT --reject-with icmp-port-unreachable",
    ),
    "a reset": ("-p tcp -j REJECT --reject-with tcp-rst", "-p tcp -j REJECT --reject-with tcp-reset"),
    "log options in a different order": (
        '-j LOG --log-uid --log-level debug --log-prefix "x y " --log-ip-options',
        '-j LOG --log-prefix "x y " --log-level 7 --log-ip-options --log-uid',
    ),
    "the default level, which is not printed": ("-j LOG --log-level warning --log-prefix x", "-j LOG --log-prefix x"),
    "conditions after a log's options": (
        '-j LOG --log-level 4 --log-prefix "x y" -m mark --mark 2 -p udp -m udp --dport 53',
        '-p udp -m mark --mark 0x2 -m udp --dport 53 -j LOG --log-prefix "x y"',
    ),
    "counters in the rule": ("-c 1 2 -d 10.0.0.1 -j c2", "-d 10.0.0.1/32 -j c2"),
    "options without effect": ("-4 -j DROP", "-j DROP"),
    "fragments": ("--fragment -j DROP", "-f -j DROP"),
    "hashlimit's mode": (
        (
            "-m hashlimit --hashlimit-above 100/second --hashlimit-burst 1000 --hashlimit-mode dstport,dstip"
            " --hashlimit-name x -j c2"
        ),
        (
            "-m hashlimit --hashlimit-above 100/sec --hashlimit-burst 1000 --hashlimit-mode dstip,dstport"
            " --hashlimit-name x -j c2"
        ),
    ),
    "an unknown module": (
        "-p udp -m multiport --dports 53,80:90 -j ACCEPT",
        "-p udp -m multiport --dports 53,80:90 -j ACCEPT",
    ),
    "no conditions and no target": ("", ""),
}
"""The rule as written after `-A CHAIN`, and as printed."""

EDITS: Final[dict[str, tuple[str, str]]] = {
    "several addresses": (
        "-A c1 -s 10.0.0.1,10.0.0.2 -d 1.1.1.1,2.2.2.2 -j DROP\n",
        (
            "-A c1 -s 10.0.0.1/32 -d 1.1.1.1/32 -j DROP\n-A c1 -s 10.0.0.1/32 -d 2.2.2.2/32 -j DROP\n"
            "-A c1 -s 10.0.0.2/32 -d 1.1.1.1/32 -j DROP\n-A c1 -s 10.0.0.2/32 -d 2.2.2.2/32 -j DROP\n"
        ),
    ),
    "several addresses inserted": (
        "-A c1 -p tcp -j DROP\n-I c1 -s 1.2.3.4,1.2.3.5 -j DROP\n-I c1 2 -p 17 -j DROP\n",
        "-A c1 -s 1.2.3.5/32 -j DROP\n-A c1 -p udp -j DROP\n-A c1 -s 1.2.3.4/32 -j DROP\n-A c1 -p tcp -j DROP\n",
    ),
    "long commands": (
        "--append c1 -p tcp -j DROP\n--insert c1 1 -p udp -j DROP\n",
        "-A c1 -p udp -j DROP\n-A c1 -p tcp -j DROP\n",
    ),
    "counters before a rule": (
        "[1:2] -A c1 -p tcp -j DROP\n[3:4]-A c1 -j DROP\n",
        "-A c1 -p tcp -j DROP\n-A c1 -j DROP\n",
    ),
    "a rule deleted by number": ("-A c1 -p tcp -j DROP\n-A c1 -j DROP\n-D c1 1\n", "-A c1 -j DROP\n"),
    "a rule deleted by specification": (
        "-A c1 -p tcp --dport 80 -j DROP\n-A c1 -j DROP\n-D c1 -p 6 --dport 80 -j DROP\n",
        "-A c1 -j DROP\n",
    ),
    "a chain flushed": ("-A c1 -j DROP\n-F c1\n-A c1 -p tcp -j DROP\n", "-A c1 -p tcp -j DROP\n"),
    "a chain deleted": ("-A c1 -j DROP\n-X c2\n", "-A c1 -j DROP\n"),
    "a chain created and a policy set": (
        "-N c3\n-P FORWARD DROP\n-A c3 -j DROP\n-Z c3\n",
        "-A c3 -j DROP\n",
    ),
    "blank lines and comments": ("\n# a remark\n-A c1 -j DROP\n\n", "-A c1 -j DROP\n"),
}
"""Lines of a filter table with chains c1 and c2, and the rules printed after loading them."""

LEGACY_EDITS: Final[dict[str, tuple[str, str]]] = {
    "a rule replaced": ("-A c1 -p tcp -j DROP\n-R c1 1 -p udp -j DROP\n", "-A c1 -p udp -j DROP\n"),
    "a chain renamed": ("-A c1 -j DROP\n-E c1 c3\n", "-A c3 -j DROP\n"),
}
"""The same, for lines that the nft backend refuses in a single load."""

REFUSED: Final = {
    "a range that ends before it starts": "-A c1 -s 1.2.3.4 -j\n",
    "two targets": "-A c1 -j ACCEPT -j DROP\n",
    "a position beyond the end": "-I c1 5 -j DROP\n",
    "deleting a missing rule": "-D c1 -p tcp -j DROP\n",
    "a comment after a rule": "-A c1 -j ACCEPT # x\n",
    "a word": "hello\n",
}
"""Lines that iptables-restore refuses."""
