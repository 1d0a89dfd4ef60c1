# SPDX-License-Identifier: MIT
"""cp's options: spellings, arguments, and which of them interact.

An option stands for all its spellings: -r for -R and --recursive, too.  What
the environment and the umask do is drawn and counted like an option.
"""

import itertools
import random

# Abbreviations are cut so that they mean the same to the newest cp.
LONG_NAMES = """
    archive attributes-only backup context copy-contents debug dereference
    force help interactive keep-directory-symlink link no-clobber
    no-dereference no-preserve no-target-directory one-file-system parents
    preserve recursive reflink remove-destination sparse
    strip-trailing-slashes suffix symbolic-link target-directory update
    verbose version""".split()

ATTRIBUTES = ["mode", "ownership", "timestamps", "links", "xattr", "all"]
CONTROLS = ["none", "off", "numbered", "t", "existing", "nil", "simple",
            "never", "num", "exist"]


def some_attributes(rng):
    if rng.random() < 0.03:
        return rng.choice(["context", "bogus", ""])
    return ",".join(rng.sample(ATTRIBUTES[:5], rng.randint(1, 3))) \
        if rng.random() < 0.8 else "all"


def some_control(rng):
    return "bogus" if rng.random() < 0.02 else rng.choice(CONTROLS)


def some_suffix(rng):
    return rng.choice([".bak", ".bak", ".orig", "~", "", "a/b", "-x", " s"])


class Option:
    """argument is none, needed, optional or variable (of the environment)."""

    def __init__(self, key, short="", long="", argument="none", values=None,
                 since=(9, 0)):
        self.key = key
        self.short = short
        self.long = long
        self.argument = argument
        self.values = values
        self.since = since

    def value(self, rng):
        if not self.values or (self.argument == "optional" and
                               rng.random() < 0.2):
            return None
        return self.values(rng)


def among(*values):
    return lambda rng: rng.choice(values)


OPTIONS = {option.key: option for option in [
    Option("-a", "a", "archive"),
    Option("--attributes-only", "", "attributes-only"),
    Option("-b", "b"),
    Option("--backup", "", "backup", "optional", some_control),
    Option("--copy-contents", "", "copy-contents"),
    Option("-d", "d"),
    Option("--debug", "", "debug", since=(9, 4)),
    Option("-f", "f", "force"),
    Option("-H", "H"),
    Option("-i", "i", "interactive"),
    Option("-l", "l", "link"),
    Option("-L", "L", "dereference"),
    Option("-n", "n", "no-clobber"),
    Option("-P", "P", "no-dereference"),
    Option("-p", "p"),
    Option("--preserve", "", "preserve", "optional", some_attributes),
    Option("--no-preserve", "", "no-preserve", "needed", some_attributes),
    Option("--parents", "", "parents"),
    Option("-r", "rR", "recursive"),
    Option("--reflink", "", "reflink", "optional",
           among(*["auto"] * 14, *["never"] * 14, "always", "bogus")),
    Option("--remove-destination", "", "remove-destination"),
    Option("-S", "S", "suffix", "needed", some_suffix),
    Option("--sparse", "", "sparse", "needed",
           among(*["auto", "always", "never"] * 8, "bogus")),
    Option("--strip-trailing-slashes", "", "strip-trailing-slashes"),
    Option("-s", "s", "symbolic-link"),
    Option("-t", "t", "target-directory", "needed"),
    Option("-T", "T", "no-target-directory"),
    Option("-u", "u"),
    Option("--update", "", "update"),
    Option("--update=", "", "update", "needed",
           among("all", "none", "older"), since=(9, 3)),
    Option("--update=none-fail", "", "update", "needed",
           among("none-fail"), since=(9, 6)),
    Option("-v", "v", "verbose"),
    Option("-x", "x", "one-file-system"),
    Option("-Z", "Z"),
    Option("--context", "", "context", "optional",
           among("unconfined_u:object_r:tmp_t:s0")),
    Option("--keep-directory-symlink", "", "keep-directory-symlink",
           since=(9, 6)),
    Option("VERSION_CONTROL", "", "", "variable", some_control),
    Option("SIMPLE_BACKUP_SUFFIX", "", "", "variable", some_suffix),
    Option("POSIXLY_CORRECT", "", "", "variable", among("1")),
    Option("umask", "", "", "variable", among("077", "002", "027", "000")),
]}

DEREFERENCE = ["-a", "-d", "-H", "-L", "-P"]
BACKUP = ["-b", "--backup", "-S", "VERSION_CONTROL", "SIMPLE_BACKUP_SUFFIX"]
OVERWRITE = ["-f", "-i", "-n", "-u", "--update", "--update=",
             "--update=none-fail", "--remove-destination"]
METADATA = ["-p", "--preserve", "--no-preserve", "-a", "--attributes-only",
            "umask"]
DATA = ["--sparse", "--reflink", "--copy-contents", "--attributes-only",
        "-l", "-s"]
OPERANDS = ["-t", "-T", "--parents", "--strip-trailing-slashes"]


def all_interactions():
    pairs = set()

    def each_with_each(keys):
        pairs.update(frozenset(pair)
                     for pair in itertools.combinations(keys, 2))

    def each_of(keys, others):
        pairs.update(frozenset((one, other)) for one in keys
                     for other in others if one != other)

    each_with_each(DEREFERENCE)
    each_with_each(BACKUP)
    each_with_each(OVERWRITE)
    each_with_each(METADATA)
    each_with_each(DATA)
    each_with_each(OPERANDS)
    each_of(["-r"], OPTIONS.keys() - set(BACKUP[2:]))
    each_of(["-a"], OVERWRITE + DATA + OPERANDS + ["-b", "--backup", "-x",
                                                   "-v", "-Z", "--context"])
    each_of(["-l", "-s"], DEREFERENCE + OVERWRITE + METADATA +
            ["-b", "--backup", "-x", "-v", "--parents", "-T"])
    each_of(["-b", "--backup"], OVERWRITE + ["-T", "-t", "--parents", "-v",
                                             "-d", "-P", "-p",
                                             "--attributes-only"])
    each_of(["-P", "-d"], ["-p", "--preserve", "--no-preserve", "-f",
                           "--remove-destination", "-u", "-n",
                           "--strip-trailing-slashes"])
    each_of(["-L", "-H"], ["-p", "--preserve", "--parents", "-x", "-u",
                           "--copy-contents"])
    each_of(["-p", "--preserve"], ["-u", "--update", "--parents", "-f",
                                   "--remove-destination", "--reflink",
                                   "--sparse", "--copy-contents", "-Z",
                                   "--context"])
    each_of(["umask"], ["--parents", "-f", "--remove-destination"])
    each_of(["--parents"], ["-n", "-i", "-u", "--no-preserve",
                            "--attributes-only", "--remove-destination"])
    each_of(["-x"], ["-d", "-v", "--parents", "-p"])
    each_of(["-v", "--debug"], OVERWRITE + ["--attributes-only"])
    each_of(["POSIXLY_CORRECT"], ["-f", "-d", "-P", "-i", "-b", "-n",
                                  "--remove-destination", "-T", "-t"])
    each_of(["-T"], ["-f", "-n", "-u", "-i", "--remove-destination"])
    each_of(["-t"], ["-f", "-n", "-u", "-d"])
    each_of(["--strip-trailing-slashes"], ["-L", "-H", "-v"])
    each_of(["--keep-directory-symlink"], ["-f", "-T", "-b", "-n",
                                           "--remove-destination"])
    return pairs


INTERACTIONS = all_interactions()

# Together they are an error, whatever the files are: such pairs are drawn
# when it is their turn, and not by chance.
CONTRADICTIONS = {frozenset(pair) for pair in [
    ("-l", "-s"), ("-t", "-T"), ("-T", "--parents"), ("-n", "-b"),
    ("-n", "--backup"), ("-n", "-S"), ("-n", "VERSION_CONTROL"),
    ("-n", "SIMPLE_BACKUP_SUFFIX"), ("-Z", "-a"), ("-Z", "--preserve"),
    ("--context", "-a"), ("--context", "--preserve")]}

# Without these an option says little: (option, wanted too, how often).
COMPANIONS = [
    ("--copy-contents", "-r", 0.9), ("-x", "-r", 0.8), ("-H", "-r", 0.6),
    ("-L", "-r", 0.5), ("-P", "-r", 0.5), ("-d", "-r", 0.4),
    ("-S", "-b", 0.8), ("VERSION_CONTROL", "-b", 0.9),
    ("SIMPLE_BACKUP_SUFFIX", "-b", 0.8), ("--no-preserve", "-a", 0.6),
    ("--no-preserve", "-p", 0.3),
]


def abbreviated(rng, name):
    """NAME or a prefix of it that no other option has."""
    if rng.random() < 0.75:
        return name
    for length in range(1, len(name)):
        prefix = name[:length]
        if sum(other.startswith(prefix) for other in LONG_NAMES) == 1:
            return name[:rng.randint(length, len(name))]
    return name


RECURSIVE = {"-r", "-a"}


class Draw:
    """What cases are drawn from; INDEX decides the rest."""

    def __init__(self, seed, keys, jobs, version):
        self.seed = seed
        self.version = version
        self.keys = [key for key in OPTIONS if key in keys]
        self.jobs = jobs
        self.pairs = sorted(tuple(sorted(pair)) for pair in INTERACTIONS
                            if pair <= set(self.keys))
        random.Random(f"{seed}").shuffle(self.pairs)

    def options(self, rng, index):
        """The options of case INDEX: a pair by turns, some by chance."""
        chosen = set()
        if self.pairs:
            chosen.update(self.pairs[index % len(self.pairs)])
        elif self.keys:
            chosen.add(self.keys[index % len(self.keys)])

        def add(key):
            if key in self.keys and not any(
                    frozenset((key, other)) in CONTRADICTIONS
                    for other in chosen):
                chosen.add(key)

        if index % 4 == 0 and self.keys:
            add(self.keys[index // 4 % len(self.keys)])
        for key, companion, share in COMPANIONS:
            if key in chosen and rng.random() < share and not (
                    companion == "-r" and "-a" in chosen):
                add(companion)
        if not chosen & RECURSIVE and rng.random() < 0.5:
            add(rng.choice(["-r", "-r", "-a"]))
        for _ in range(rng.choice([0, 0, 0, 0, 1, 1, 2])):
            if self.keys:
                add(rng.choice(self.keys))
        # A dictionary in drawn order: sets of strings have none.
        order = [key for key in self.keys if key in chosen]
        rng.shuffle(order)
        return order


class Argument:
    """One option on the command line.

    letter is the short form, if that is what is used, word the long one;
    glued short options go into the word of the one before them.
    """

    def __init__(self, rng, option, value):
        self.key = option.key
        self.letter = self.word = None
        self.value = None if value is None else os_bytes(value)
        self.after = False
        use_long = not option.short or (option.long and rng.random() < 0.4)
        self.glued = not use_long and rng.random() < 0.5
        if use_long:
            self.word = b"--" + abbreviated(rng, option.long).encode()
            self.inline = option.argument == "optional" or \
                rng.random() < 0.6
        else:
            self.letter = rng.choice(option.short).encode()
            self.inline = rng.random() < 0.5

    def words(self):
        if self.word:
            if self.value is None:
                return [self.word]
            if self.inline:
                return [self.word + b"=" + self.value]
            return [self.word, self.value]
        if self.value is None:
            return [b"-" + self.letter]
        if self.inline and self.value:
            return [b"-" + self.letter + self.value]
        return [b"-" + self.letter, self.value]


def os_bytes(value):
    return value if isinstance(value, bytes) else value.encode()


def assemble(arguments):
    """The words for a list of Argument, with bundles."""
    words, open_bundle = [], False
    for argument in arguments:
        new = argument.words()
        if argument.letter and argument.glued and open_bundle:
            words[-1] += new[0][1:]
            words += new[1:]
        else:
            words += new
        open_bundle = bool(argument.letter) and argument.value is None
    return words
