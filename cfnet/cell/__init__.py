"""What one Diego cell enforces: containers, tags, and the rules of its policy chain. Pure; nothing is asked of a cell.

Each module is imported by its own name, so that a command loads only what it needs. In the order of the data:

- `state.State`: all that the rules of a foundation's cells follow from; `state.Cell`, `container.Container`,
  `tags.Tags` (hexadecimal, as the policy server has them; `tags.allot` where nobody knows them),
  `agent.AgentSettings`, `security_group.SecurityGroup`. `placement.combine` finds out which container is where.
- `policy_chain.Planner`: the rules of a cell's policy chain, in the agent's order; `own_chains.OwnChainsPlanner`: the
  containers' own chains; `chain_text.listing`, `chain_text.save`: both as text.
- `iptables.parse`: what `iptables -S` or `iptables-save` print, as an `iptables.Ruleset`; raises
  `iptables_words.NotIptables`. `iptables.listing`, `iptables.save` print it again.
- `explain.explain`: a rule as a sentence; `names.Names` knows whose it is. `log_line.read_log_line`: the same of the
  kernel's log.
- `verdict.evaluate`: what becomes of a `packet.Packet` in a chain; `data_path.follow`: between two containers.
- `drift.chain_drift`: how a chain differs from what it should be; `cell_drift.cell_drift`: how a cell does.
  `policy_effect.PolicyEffects`: which calls its rules let through, or keep out, against the policies, worked out with
  the exact sets of packets of `packet_set.Box`. `rule_changes.rule_changes`: what becomes of all
  cells' rules when a foundation changes. `capacity.measure`: how full it is. `what_if.scaled`,
  `what_if.with_policies`: as it would be.
"""
