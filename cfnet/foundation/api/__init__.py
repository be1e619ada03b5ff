"""The Cloud Controller's and the policy server's APIs."""
