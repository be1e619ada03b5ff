"""A data plane on this computer: cells and containers as network namespaces, whose kernel enforces policies.

It knows what a cell enforces (`cfnet.cell`) and what a policy is; where policies and containers come from is given by
the caller as a `state_source.StateSource`. In the order of the data:

- `launch.start` starts the supervisor, the first process of a PID namespace: when it ends, the kernel removes all
  processes, namespaces and rules. A guardian outside removes its files.
- `supervisor.Supervisor` starts and stops containers as the sandbox's database says, and answers on the control socket.
- `wiring` connects cells and containers as silk does, by the texts of `addressing`.
- `start_chains` are the chains that the CNI wrapper makes when a container starts.
- `agent.Agent` polls the policies of a cell; `policy_swap` and `security_group_swap` replace the chains.
- `control` is the protocol of the control socket.
"""
