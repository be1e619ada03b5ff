"""All rules of `cfnet lint`, one class for each, by id."""

from typing import Final

from cfnet.lint.rule import LintRule
from cfnet.lint.rules.apps import BetweenOrgs, DeletedApp, IntoProduction, ManyCallers
from cfnet.lint.rules.expectations import NoEffect
from cfnet.lint.rules.ignored_rules import UnusedIgnore
from cfnet.lint.rules.limits import ManySpaces, QuotaUsage, TagUsage
from cfnet.lint.rules.ports import AdjacentRanges, AllPorts, BothProtocols, Redundant, WideRange
from cfnet.lint.rules.security_groups import OpenCells, OpenEverything, OpenOverlay

RULES: Final[tuple[LintRule, ...]] = tuple(
    sorted(
        (
            WideRange(),
            AllPorts(),
            BetweenOrgs(),
            IntoProduction(),
            ManyCallers(),
            DeletedApp(),
            Redundant(),
            AdjacentRanges(),
            BothProtocols(),
            QuotaUsage(),
            TagUsage(),
            OpenOverlay(),
            OpenCells(),
            OpenEverything(),
            ManySpaces(),
            NoEffect(),
            UnusedIgnore(),
        ),
        key=lambda rule: rule.id.id,
    )
)
