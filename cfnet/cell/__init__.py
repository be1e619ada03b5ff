"""The rules that Diego cells enforce: planned from containers and tags, parsed, compared and explained. Pure.

Import each module by its own name, so that a command loads only what it needs. In the order of the data:

- `model`: the data that rules depend on. `model.state.State` holds all of it; `model.placement.combine` finds the cell
  of each container; `model.names.Names` maps GUIDs, addresses and marks to names.
- `planning`: the chains that a cell should have. `planning.policy_chain.Planner` plans the policy chain, in the agent's
  order, `planning.container_chains.ContainerChainsPlanner` the chains of each container;
  `planning.chain_text.listing` and `planning.chain_text.save` print both. `planning.capacity.measure` counts.
- `iptables`: rules as text. `iptables.listing.parse` parses the output of `iptables -S` or `iptables-save` and raises
  `iptables.tokens.NotIptables`; `iptables.listing.save` prints it again.
- `packet`: the verdict on packets. `packet.verdict.Evaluator` follows one packet through a chain,
  `packet.data_path.follow` from one container to another, `packet.forward_walk.ForwardWalk` exact sets of packets
  (`packet.packet_set.Box`).
- `explain`: `explain.rule_sentence.explain` describes a rule, `explain.log_line.read_log_line` reads a log line.
- `calls`: `calls.log_reader.read_calls` counts the calls in a log, `calls.advice.advise` compares them with the
  policies.
- `drift`: `drift.chain_drift.chain_drift` and `drift.cell_drift.cell_drift` compare actual rules with the expected
  ones; `drift.policy_effect.PolicyEffects` finds the calls that foreign rules let through or block.
- `change`: `change.rule_changes.rule_changes`, `change.tag_changes.change_tags`, `change.what_if.with_policies`: what
  happens to tags and rules when policies or apps change.
"""
