"""What the fan-out benchmark prints: tables with ratios, and the budgets."""

import statistics

from contenders import CONTENDERS

# Of the contender's limit (the bare loop of the same protocol) unless said.
MIN_SATURATED = 0.7
MIN_BEST_PEER = 8
MAX_PACED = 1.15
MAX_REDIS_P99 = 2
MAX_VIEWER_KIB = {"fastcgi": 1, "http": 4}
BUDGET_VIEWERS = 10000  # where memory and the paced figures are judged

# The memory of a server may grow by its history and an index of it.
MAX_GROWTH_KIB = 2048

POSTING = ("posting", "posting-new", "posting-paced", "posting-stalled")
MAX_POSTED_P99 = 2
MAX_GZIP_BYTES = 0.3
MAX_GZIP_LATENCY_US = 1000
GZIP_VIEWERS = 1000  # where its CPU time is judged
MIN_SPOOL = 0.5

# What a contender is compared with; the protocol is added to the name.
REFERENCES = {"saturated": "coalesce", "paced": "send", "ingest": "send",
              **dict.fromkeys(POSTING, "post")}


class Row:
    """The medians of one contender's runs, or why there are none."""

    def __init__(self, runs):
        self.runs = [run for run in runs if "error" not in run]
        self.errors = [run["error"] for run in runs if "error" in run]

    def __getattr__(self, name):
        return statistics.median(run[name] for run in self.runs)

    def worst(self, name):
        return max(run[name] for run in self.runs)

    @property
    def is_perfect(self):
        return all(self.worst(name) == 0 for name in ("lost", "dup", "ooo"))


class Group:
    """The contenders that ran in turns."""

    def __init__(self, plan, runs):
        self.plan = plan
        self.rows = {name: Row(figures) for name, figures in runs.items()}

    def row(self, name):
        """The contender's medians, None if it did not run to its end."""
        row = self.rows.get(name)
        return row if row and row.runs else None

    def reference(self, name):
        """Who the contender is compared with in this mode."""
        if self.plan.mode not in REFERENCES:
            return None
        contender = CONTENDERS[name]
        tail = contender.limit or contender.protocol
        if name.endswith("-tcp"):
            tail = "fastcgi-tcp"
        return self.row(f"{REFERENCES[self.plan.mode]}-{tail}")

    def best_peer(self):
        rates = {name: row.per_s for name, row in self.rows.items()
                 if row.runs and CONTENDERS[name].is_peer}
        return max(rates.items(), key=lambda item: item[1], default=None)


# The tables.

HEAD = (f"{'':27}{'deliveries':>11}{'':6}{'latency, ms':^33}"
        f"{'CPU s per':>10}{'':6}{'KiB per':>9}\n"
        f"{'':27}{'per second':>11}{'ratio':>6}{'p50':>8}{'p99':>8}"
        f"{'p99.9':>8}{'max':>9}{'million':>10}{'ratio':>6}{'viewer':>9}"
        f"{'others':>8}  lost, dup, ooo")


def count(n):
    """Like 11.3M or 480k."""
    for limit, divisor, unit in ((1e7, 1e6, "M"), (1e6, 1e6, "M"),
                                 (1e3, 1e3, "k")):
        if n >= limit:
            digits = 1 if n / divisor < 100 and unit == "M" else 0
            return f"{n / divisor:.{digits}f}{unit}"
    return f"{n:.0f}"


def ratio(value, other):
    if not other:
        return "-"
    part = value / other
    return f"{part:.0f}" if part >= 100 else f"{part:.3g}" \
        if part >= 10 else f"{part:.2f}"


def ratio_to(reference, row, name):
    return ratio(getattr(row, name), reference and getattr(reference, name))


def table_row(name, group):
    row, title = group.rows[name], CONTENDERS[name].title
    if not row.runs:
        return f"{title:27}failed: {row.errors[0]}"
    reference = group.reference(name)
    delivered = "none" if row.is_perfect else ", ".join(
        str(row.worst(what)) for what in ("lost", "dup", "ooo"))
    return (f"{title:27}{count(row.per_s):>11}"
            f"{ratio_to(reference, row, 'per_s'):>6}"
            f"{row.p50_us / 1e3:8.1f}{row.p99_us / 1e3:8.1f}"
            f"{row.p999_us / 1e3:8.1f}{row.max_us / 1e3:9.1f}"
            f"{row.cpu_s_per_million:10.3f}"
            f"{ratio_to(reference, row, 'cpu_s_per_million'):>6}"
            f"{row.used_viewer_kib:9.2f}{row.others_busy:8.0%}  {delivered}"
            + (f"  ({len(row.errors)} runs failed: {row.errors[0]})"
               if row.errors else ""))


def title(plan):
    rate = f"{plan.rate:g} events a second" if plan.rate else \
        f"as fast as {plan.window} events at a time allow"
    return (f"{plan.mode}: {plan.viewers:,} viewers, {plan.size}-byte events, "
            f"{rate}, {plan.seconds:g} s")


def table(group):
    yield title(group.plan)
    yield ""
    yield from HEAD.splitlines()
    for name in group.rows:
        yield table_row(name, group)
    yield ""
    for name, row in group.rows.items():
        contender = CONTENDERS[name]
        if (contender.is_pipecast or contender.is_gzip) and row.runs:
            for what, held in verdicts(name, group):
                yield (f"  {contender.title}: {what} -> "
                       f"{'held' if held else 'MISSED'}")
    yield ""


# The budgets.

def verdicts(name, group):
    """Pairs of what there is to say and whether the budget is held."""
    row = group.rows[name]
    # Events of several connections have no order of their own.
    yield (f"lost {row.worst('lost')}, twice {row.worst('dup')}, out of order "
           f"{row.worst('ooo')} (budget: 0)",
           row.is_perfect or group.plan.mode in POSTING and
           row.worst("lost") == row.worst("dup") == 0)
    judge = {"saturated": saturated, "paced": paced, "stopped": stopped,
             "churn": churn, "ingest": ingest, "posting-paced": posting_paced,
             "posting-stalled": posting_stalled}.get(
                 group.plan.mode, gzip if "gzip" in group.plan.mode
                 else posting)
    yield from judge(name, group, row)
    if group.plan.viewers == BUDGET_VIEWERS and group.plan.mode != "stopped":
        most = MAX_VIEWER_KIB[CONTENDERS[name].protocol]
        yield (f"{row.used_viewer_kib:.2f} KiB per viewer (budget: under "
               f"{most})", row.used_viewer_kib < most)


def saturated(name, group, row):
    limit = group.reference(name)
    if limit:
        part = row.per_s / limit.per_s
        yield (f"{part:.2f} of bare coalescing (budget: at least "
               f"{MIN_SATURATED})", part >= MIN_SATURATED)
    peer = group.best_peer()
    if peer:
        times = row.per_s / peer[1]
        yield (f"{times:.1f} times {CONTENDERS[peer[0]].title}, the best peer "
               f"(budget: at least {MIN_BEST_PEER})", times >= MIN_BEST_PEER)


def paced(name, group, row):
    limit = group.reference(name)
    if limit and CONTENDERS[name].n_nodes > 1:
        part = row.p99_us / max(limit.p99_us, 1e-9)
        yield (f"from XADD to viewer p99 latency {part:.2f} of a bare XREAD "
               f"loop (budget: at most {MAX_REDIS_P99})",
               part <= MAX_REDIS_P99)
        return
    if not limit or group.plan.viewers != BUDGET_VIEWERS:
        return
    for what, ours, bare in (
            ("CPU per delivery", row.cpu_s_per_million,
             limit.cpu_s_per_million),
            ("p99 latency", row.p99_us, limit.p99_us)):
        part = ours / max(bare, 1e-9)
        yield (f"{what} {part:.2f} of bare send (budget: at most {MAX_PACED})",
               part <= MAX_PACED)


def gzip(name, group, row):
    plain = group.row("pipecast-http")
    if not plain or name != "pipecast-gzip":
        yield f"{row.bytes_each:.0f} bytes a delivery", True
        return
    part = row.bytes_each / plain.bytes_each
    yield (f"{row.bytes_each:.0f} bytes a delivery, {part:.2f} of plain "
           f"(budget: at most {MAX_GZIP_BYTES})", part <= MAX_GZIP_BYTES)
    if group.plan.rate:
        more_us = row.p99_us - plain.p99_us
        yield (f"p99 latency {more_us / 1e3:+.2f} ms of plain (budget: at most "
               f"{MAX_GZIP_LATENCY_US / 1e3:+.0f})",
               more_us <= MAX_GZIP_LATENCY_US)
    elif group.plan.viewers >= GZIP_VIEWERS:
        part = row.cpu_s_per_million / max(plain.cpu_s_per_million, 1e-9)
        yield (f"CPU per delivery {part:.2f} of plain (budget: under 1)",
               part < 1)


def stopped(_name, group, row):
    plan = group.plan
    if not row.dropped:
        yield "nobody's buffers filled up, so there is nothing to see", True
        return
    delay_ms = (row.max_us - row.undisturbed_max_us) / 1e3
    yield (f"{row.dropped:.0f} of {row.slow:.0f} who do not read were dropped; "
           f"the others waited {delay_ms:.0f} ms longer than undisturbed "
           f"(budget: patience, {plan.patience_ms} ms)",
           delay_ms <= plan.patience_ms)
    # While the sources are paused no more than these are on their way.
    most = plan.patience_ms / 1e3 * plan.rate if plan.rate else plan.window
    late = row.late / max(row.clients - row.slow, 1)
    yield (f"{late:.0f} events were later than ever when undisturbed (budget: "
           f"those of one patience, {most:.0f})", late <= most + 1)
    growth = row.most_kib - row.open_kib
    yield (f"memory grew by {growth:.0f} KiB (budget: history and its index, "
           f"{MAX_GROWTH_KIB})", growth <= MAX_GROWTH_KIB)


def ingest(_name, group, row):
    rate = row.per_s / group.plan.viewers
    yield (f"{rate:,.0f} events a second (budget: {group.plan.rate:,.0f})",
           rate >= 0.98 * group.plan.rate)


def churn(_name, _group, row):
    yield (f"{row.visits:.0f} times someone left and came back meanwhile",
           row.visits > 0)


def posting(name, group, row):
    yield f"{row.per_s / group.plan.viewers:,.0f} posts a second", True
    redis = "-redis" if "redis" in name else ""
    nchan, memory = group.row(f"nchan{redis}"), group.row("pipecast-memory")
    if nchan:
        part = row.per_s / nchan.per_s
        yield f"{part:.2f} of nchan's (budget: at least 1)", part >= 1
    if name == "pipecast-spool" and memory:
        part = row.per_s / memory.per_s
        yield (f"{part:.2f} of memory's (budget: at least {MIN_SPOOL})",
               part >= MIN_SPOOL)


def posting_paced(name, group, row):
    limit = group.reference(name)
    if limit:
        part = row.p99_us / limit.p99_us
        yield (f"p99 latency {part:.2f} of bare post (budget: at most "
               f"{MAX_POSTED_P99})", part <= MAX_POSTED_P99)


def posting_stalled(_name, group, row):
    yield (f"beside {group.plan.stalling:,} posts that never end, p99 latency "
           f"{row.p99_us / row.undisturbed_p99_us:.2f} of undisturbed", True)
    yield (f"memory {row.left_kib - row.undisturbed_left_kib:.0f} KiB above "
           f"undisturbed once they have left", True)
