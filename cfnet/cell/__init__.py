"""What one Diego cell enforces: containers, tags, and the rules of its policy chain. Pure; no cell is contacted.

Each module is imported by its own name, so that a command loads only what it needs. In the order of the data:

- `model`: what rules follow from. `model.state.State` is all of it; `model.placement.combine` finds out which container
  is where; `model.names.Names` are the names behind GUIDs, addresses and marks.
- `planning`: the chains a cell should have. `planning.policy_chain.Planner` plans the policy chain, in the agent's
  order; `planning.container_chains.ContainerChainsPlanner` the chains of each container;
  `planning.chain_text.listing` and `planning.chain_text.save` print both. `planning.capacity.measure` counts.
- `iptables`: rules as text. `iptables.listing.parse` reads what `iptables -S` or `iptables-save` print and raises
  `iptables.tokens.NotIptables`; `iptables.listing.save` prints it again.
- `packet`: what rules decide. `packet.verdict.Evaluator` follows one packet through a chain,
  `packet.data_path.follow` from one container to another, `packet.forward_walk.ForwardWalk` exact sets of packets
  (`packet.packet_set.Box`).
- `explain`: `explain.rule_sentence.explain` describes a rule, `explain.log_line.read_log_line` reads a log line.
- `drift`: `drift.chain_drift.chain_drift` and `drift.cell_drift.cell_drift` compare actual rules with the expected
  ones; `drift.policy_effect.PolicyEffects` finds the calls that foreign rules let through or block.
- `change`: `change.rule_changes.rule_changes`, `change.tag_changes.change_tags`, `change.what_if.with_policies`: what
  becomes of tags and rules when policies or apps change.
"""
