"""The table of faults of policy documents: for messages, the help (`cfnet help E201`) and the manual.

The IDs are stable and never reused. E1xx: the file as YAML; E2xx: the form of the document (what its JSON Schema
rejects); E3xx: its meaning; E4xx: names on a foundation; E6xx: its expectations; E7xx: its lint settings.
"""

from enum import Enum


class Code(Enum):
    """A kind of fault: its ID, a short title, what it means, and how to fix it."""

    UNREADABLE = (
        "E101",
        "file cannot be read",
        "The operating system refuses to read the file, for example because it does not exist.",
        "Check the path and the permissions.",
    )
    TOO_LARGE = (
        "E102",
        "file is too large",
        "A file may have 8 MiB and 1,200,000 values, which is enough for about 100,000 policies.",
        "Split it: several files can be given together and are one desired state.",
    )
    NOT_UTF8 = (
        "E103",
        "file is not UTF-8",
        "Documents are UTF-8, with or without a byte order mark.",
        "Save the file as UTF-8.",
    )
    CONTROL = (
        "E104",
        "control character",
        "The file contains a control character that YAML does not allow.",
        "Remove the character at this position.",
    )
    TAB = ("E105", "tab in the indentation", "YAML does not allow tabs in the indentation.", "Indent with spaces.")
    NOT_YAML = (
        "E106",
        "file is not YAML",
        "The file is not valid YAML; the message is that of the parser.",
        "Fix the syntax. A value that starts with *, &, ! or a similar character needs quotes.",
    )
    EMPTY_FILE = (
        "E107",
        "file is empty",
        "The file contains nothing, or only comments.",
        "Write a document, for example with 'cfnet export'.",
    )
    SECOND_DOCUMENT = (
        "E108",
        "more than one document in a file",
        "A line with --- starts a second YAML document.",
        "Use one file for each document, or merge them.",
    )
    TOO_DEEP = (
        "E109",
        "nested too deeply",
        "Values are nested in more than 20 levels; a document needs five.",
        "Remove the nesting.",
    )
    ALIASES_EXPLODE = (
        "E110",
        "aliases expand to too many values",
        "Aliases expand to more than 100,000 values, which would exhaust the memory of the reader.",
        "Use fewer aliases of aliases.",
    )
    UNKNOWN_ANCHOR = (
        "E111",
        "alias without an anchor",
        "*NAME is an alias of a value marked with &NAME, but &NAME does not occur before it.",
        'Define the anchor first; put a name with a wildcard in quotes: "*-service".',
    )
    TAG = ("E112", "YAML tag", "YAML tags such as !!python/object are not allowed.", "Remove the tag.")
    MERGE_KEY = (
        "E113",
        "YAML merge key",
        "Merge keys (<<) are not part of YAML 1.2 and are not allowed.",
        "Write the keys out, or use an alias.",
    )
    NO_VALUE = (
        "E114",
        "variable without a value",
        "The document uses ((NAME)), and no value is given for it.",
        "Give one with --var NAME=VALUE, --vars-file FILE or the environment variable CFNET_VAR_NAME.",
    )
    KEY_NOT_TEXT = (
        "E115",
        "invalid key",
        "Keys of mappings must be plain names.",
        "Use one of the keys of the format.",
    )
    DUPLICATE_KEY = (
        "E116",
        "duplicate key",
        "A mapping has the same key twice; most YAML parsers silently drop the first.",
        "Remove one, or merge the two.",
    )
    BAD_VARIABLE = (
        "E117",
        "invalid variable value",
        "A file with variables has a list, a mapping or nothing as a value.",
        "Use a text, a number, true or false.",
    )
    TOO_MANY_FAULTS = (
        "E118",
        "too many faults",
        "There are more than 1,000 faults.",
        "Fix those that are listed first.",
    )
    INVISIBLE = (
        "E119",
        "invisible character",
        "The text contains a character that looks like a space or like nothing, which was probably pasted.",
        "Replace it by an ordinary space, or remove it.",
    )

    UNKNOWN_KEY = (
        "E201",
        "unknown key",
        "The format has no such key here. It is probably misspelled, and ignoring it could hide a policy.",
        "Use one of the listed keys. 'cfnet schema' lets editors complete them.",
    )
    MISSING_KEY = ("E202", "missing key", "A required key is missing.", "Add the key.")
    WRONG_KIND = (
        "E203",
        "wrong kind of value",
        "The value has another type than expected, for example a text instead of a list.",
        "Write a value of the expected type.",
    )
    BAD_APP = (
        "E204",
        "invalid app name",
        "An app is APP, ORG/SPACE/APP, {app: APP, space: SPACE} or {guid: GUID}; only ignore and expect take *.",
        "Write the name in one of these forms, in quotes if YAML would read it as a number or a truth value.",
    )
    BAD_SPACE = (
        "E205",
        "invalid space name",
        "A space is named as ORG/SPACE.",
        "Write both names, separated by a slash.",
    )
    BAD_GUID = (
        "E206",
        "invalid GUID",
        "The GUID is empty, too long or contains control characters.",
        "Copy it from 'cf app'.",
    )
    BAD_PROTOCOL = ("E207", "unknown protocol", "Policies are for tcp or udp.", "Use one of these, in lower case.")
    BAD_PORTS = (
        "E208",
        "invalid ports",
        "Ports are numbers from 1 to 65535, ranges such as 9000-9010, or lists of these.",
        "Write plain decimal numbers.",
    )
    BAD_VERSION = (
        "E209",
        "unknown version",
        "This version of cfnet reads version 1 of the format.",
        "Write 'version: 1'.",
    )
    WRONG_COUNT = (
        "E210",
        "too few or too many items",
        "A list has too few or too many items.",
        "Add or remove items, or use several files.",
    )
    BAD_RULE = (
        "E211",
        "unknown lint rule",
        "'cfnet lint' has no rule with this ID.",
        "Use an ID that 'cfnet lint --list' shows.",
    )
    BAD_NETWORK = (
        "E212",
        "invalid network",
        "A network is an IPv4 address with a prefix length, such as 10.0.16.0/20.",
        "Write the network in this form.",
    )
    BAD_LIMIT = (
        "E213",
        "invalid limit",
        "A limit of 'cfnet lint' is a whole number within certain bounds.",
        "Write a number within the bounds that the message names.",
    )

    DECLARED_TWICE = (
        "E301",
        "policy declared twice",
        "Two entries declare the same policy: one of them was probably intended to be a different one.",
        "Remove one of the two entries, or fix it.",
    )
    DECLARED_AND_IGNORED = (
        "E302",
        "policy both declared and ignored",
        "A policy is declared, and an entry under ignore says that it is managed elsewhere.",
        "Remove the policy, or make the entry under ignore more specific.",
    )
    BACKWARD_RANGE = (
        "E303",
        "port range ends before it starts",
        "The range ends before it starts.",
        "Write the lower port first.",
    )
    TOO_MANY_POLICIES = (
        "E304",
        "too many policies",
        "There are more than 500,000 policies; each entry has one for each source, destination and port.",
        "Use fewer items in the lists of the entry.",
    )
    LISTED_TWICE = ("E305", "listed twice", "A list names the same app or port twice.", "Remove one of them.")
    OWNED_TWICE = (
        "E306",
        "space owned by two documents",
        "Two documents own the same space: with --prune, each would remove the policies of the other.",
        "Set 'owns: []' in all but one of them, or own different apps of the space.",
    )

    UNKNOWN_APP = (
        "E401",
        "unknown app",
        "No app of this name is visible to this user in that space.",
        "Check the spelling and the space. If the app does not exist yet, set 'pending: true' or use --allow-missing.",
    )
    UNKNOWN_SPACE = (
        "E402",
        "unknown space",
        "No space of this name is visible to this user.",
        (
            "Check the spelling, or ask for a role in the space. The space that a document owns must exist; use"
            " --allow-missing if it does not yet: 'pending: true' is about apps."
        ),
    )
    NO_SPACE = (
        "E403",
        "no space for app",
        "An app is named without a space, the document sets none, and none is targeted.",
        "Set 'space: ORG/SPACE' in the document, or target a space.",
    )

    TWO_KINDS = (
        "E601",
        "expectation with both allowed and denied",
        "An item under expect says either which calls must be allowed or which must be denied.",
        "Write an item for each.",
    )
    TOO_MANY_EXPECTED = (
        "E602",
        "too many apps in expectations",
        "The expectations of all documents name more than 5,000 apps and patterns.",
        "Use patterns instead of lists of apps.",
    )

    TWO_SETTINGS = (
        "E701",
        "lint setting differs between documents",
        "Documents that are checked together have different values for the same setting under lint.",
        "Use one value in all of them, or check them one by one.",
    )

    def __init__(self, id_: str, title: str, meaning: str, remedy: str) -> None:
        self.id = id_
        self.title = title
        self.meaning = meaning
        self.remedy = remedy
