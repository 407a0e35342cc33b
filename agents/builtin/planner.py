"""The built-in planner: reads the goal by patterns, takes the rest from the data, and says which is which."""

import re
from math import floor

from nanosmith.agents.builtin.goal.alarms import AlarmWish, read_alarms
from nanosmith.agents.builtin.goal.assumed import assume
from nanosmith.agents.builtin.goal.behavior import read_behavior
from nanosmith.agents.builtin.goal.board_name import default_board, read_board
from nanosmith.agents.builtin.goal.budget import read_budget
from nanosmith.agents.builtin.goal.names import read_channels, read_classes
from nanosmith.agents.builtin.goal.number import NumberWish, inputs_of, read_number
from nanosmith.agents.builtin.goal.reactions import read_reactions
from nanosmith.agents.builtin.goal.score import ScoreWish, read_score
from nanosmith.agents.builtin.goal.threshold import names_an_amount, read_limits, thresholds_of
from nanosmith.agents.builtin.goal.timing import TimingWish, read_timing
from nanosmith.agents.builtin.goal.words import is_weak, lowered, tokens, with_digits, without
from nanosmith.agents.planner import Plan, PlannerBrief
from nanosmith.tools.clean_text import clean_line
from nanosmith.tools.errors import GoalUnclear
from nanosmith.tools.specs.data_profile import NO_CLASS, DataProfile
from nanosmith.tools.specs.default_window import default_window
from nanosmith.tools.specs.device_spec import Assumption, Behavior, Budget, Cue, MetricName, WindowSpec
from nanosmith.tools.specs.question import Question

_READ_CHARACTERS = 6_000
"""Of a goal; what follows is kept in the contract but not read."""

_IMBALANCED = 1.5
"""Largest class over smallest from which accuracy flatters and macro-F1 is taken."""

_RARE = 4.0
"""The same, of two classes, from which the rare one's F1 is what counts."""

_LONGEST_WINDOW = 65_536
_LONG_WINDOW = 32
"""Samples from which half a window is still an average."""

_TITLE_CHARACTERS = 80
_MOST_OPTIONS = 8
_MOST_CUES = 64
_PLAIN_NAME = 40
"""Longest class name that an application's line is sure to hold whole."""

_DEVICE_WORD = re.compile(
    r"\b(?:detect|recogni[sz]|tell|tells|telling|classif|distinguish|identif|count|monitor|warn|alert|alarm|measur|listen|"
    r"hear|watch|look|sens(?:e|es|or|ing)|spot|notic|predict|track|device|wearable|wristband|bracelet|gadget|firmware|"
    r"microcontroller|accelerometer|gyroscope|microphone|camera|machine|motion|voice|speech|switch|meter\b|strap|activit|gestur|sound|beat|digit|picture|"
    r"image|anomal|fault|fail|leak|state|which|when|whether|model|neural|network|class|board)"
)


def plan(brief: PlannerBrief) -> Plan:
    """The contract that a goal asks for, and a question where it names no board.

    Raises:
        GoalUnclear: Nothing in the goal has to do with a device, the data, a board or a budget.
        UnknownBoard: It names a board without a manifest, and none was chosen otherwise.

    """
    text = lowered(brief.goal[:_READ_CHARACTERS])
    digits = with_digits(text)
    if not re.search(r"[^\W\d_]{2}", text):
        raise GoalUnclear(_unclear("it holds no words", brief.profile))
    number = read_number(digits, brief.profile, brief.answers)
    timing, budget = read_timing(digits), read_budget(digits)
    score = ScoreWish() if number is not None else read_score(digits)
    classes, class_notes, named_classes = read_classes(digits, brief.profile)
    alarms = read_alarms(digits, brief.profile) if number is None else None
    channels, channel_notes, names_sensor = read_channels(text, brief.profile)
    if number is not None:
        classes, class_notes = (), ()
        channels, channel_notes, _ = read_channels(without(digits, number.named_by), brief.profile)
        channels, channel_notes = inputs_of(number, channels, channel_notes, brief.profile)
    elif alarms is not None:
        classes, class_notes = alarms.classes, ()
    else:
        _check_learnable(brief.profile, classes)
    board, board_notes, questions = _board(brief)
    has_limit = any(v is not None for v in (budget.flash_bytes, budget.ram_bytes, score.limit, timing.answers_per_s))
    is_named = named_classes > 1 or (named_classes == 1 and _reads_as_a_wish(text))
    if not (number or is_named or names_sensor or has_limit or _DEVICE_WORD.search(text)):
        raise GoalUnclear(
            _unclear("nothing in it has to do with the data, a sensor, a board or a limit", brief.profile)
        )
    window, window_notes = _window(brief.profile, timing)
    if alarms is not None:
        window, window_notes = _alarm_window(window, window_notes, alarms, timing)
    behavior, behavior_notes = read_behavior(brief.goal[:_READ_CHARACTERS], timing, window)
    if number is not None:
        behavior, behavior_notes, limit_questions = _number_behavior(number, behavior, digits, brief)
        questions = (*questions, *number.questions, *limit_questions)
    else:
        class_notes = (*class_notes, *_unused_limits(digits))
    behavior = behavior.model_copy(update={"cues": _cues(behavior, classes)})
    if number is not None:
        metric, limit, source, score_notes = number.metric, number.limit, number.source, number.assumptions
    else:
        metric, limit, source, score_notes = _score(brief, score, classes) if alarms is None else _alarm_score(alarms)
    return Plan(
        title=_title(brief.goal),
        goal=brief.goal,
        board=board,
        task="number" if number else "classify" if alarms is None else "anomaly",
        classes=classes,
        target=number.target if number else None,
        channels=channels,
        window=window,
        metric=metric,
        metric_class=_rare_class(brief.profile, classes) if metric == "class_f1" else None,
        direction="minimize" if number else "maximize",
        metric_limit=limit,
        metric_limit_source="goal" if source == "goal" else "data",
        alarms=None if alarms is None else alarms.limits,
        false_alarms_per_hour=timing.false_alarms_per_hour if window.rate_hz is not None else None,
        budget=Budget(flash_bytes=budget.flash_bytes, ram_bytes=budget.ram_bytes, latency_ms=timing.latency_ms),
        answers_per_s=_answers_per_s(window, timing),
        behavior=behavior,
        assumptions=(*board_notes, *class_notes, *channel_notes, *window_notes, *score_notes, *budget.assumptions,
                     *behavior_notes),
        questions=questions,
    )  # fmt: skip


def _number_behavior(
    number: NumberWish, behavior: Behavior, digits: str, brief: PlannerBrief
) -> tuple[Behavior, tuple[Assumption, ...], tuple[Question, ...]]:
    """No class is debounced; limits of the number are alarms, after as many answers in a row as the goal asks for."""
    answers = 1 if behavior.debounce_is == "default" else behavior.debounce
    thresholds, notes, questions = thresholds_of(
        number.limits, digits, number.target, number.number, error=number.limit, answers=answers, replies=brief.answers
    )
    return behavior.model_copy(update={"debounce": 1, "thresholds": thresholds}), notes, questions


def _unused_limits(digits: str) -> tuple[Assumption, ...]:
    """A limit that only a number could pass, where none of the data's was meant."""
    limits = read_limits(digits)
    if not names_an_amount(limits):
        return ()
    named = " and ".join(limit.text for limit in limits)
    return (
        assume(f"the goal's limit {named} is not used: the data has no such number to estimate, only classes", "data"),
    )


def _reads_as_a_wish(text: str) -> bool:
    """Whether one class's name is likely meant: `walking, please`, but not `lorem ipsum dolor sit amet`."""
    words = tokens(text)
    return len(words) <= 3 or any(is_weak(word) for word in words)


def _board(brief: PlannerBrief) -> tuple[str, tuple[Assumption, ...], tuple[Question, ...]]:
    """The board chosen on the command line, else the goal's, else the user's answer; the default, and a question."""
    if brief.board is not None:
        return brief.board, (), ()
    named, notes = read_board(brief.goal[:_READ_CHARACTERS], brief.boards)
    if named is not None:
        return named, notes, ()
    board = default_board(brief.boards)
    known = {known.id for known in brief.boards}
    for answer in brief.answers:
        if answer.source == "user" and answer.answer in known:
            return answer.answer, (assume(f"board {answer.answer}, as you answered", "answer"),), ()
    note = assume(f"board {board.id} ({board.name}); the goal names none", "default")
    if brief.answers:
        return board.id, (note,), ()
    options = (board.id, *sorted(known - {board.id}))[:_MOST_OPTIONS]
    question = Question(
        text="Which board shall it run on? The goal names none.", default_answer=board.id, options=options
    )
    return board.id, (note,), (question,)


def _cues(behavior: Behavior, classes: tuple[str, ...]) -> tuple[Cue, ...]:
    """What the application of the built-in engineer says for each reaction; the LED can't be heard."""
    reactions = read_reactions(behavior.reactions, classes)
    alerts = [Cue(on=classes[index], line=_alert(classes[index])) for index in sorted(reactions.alert)]
    counts = [Cue(on=classes[index], line="count") for index in sorted(reactions.count)]
    return tuple((alerts + counts)[:_MOST_CUES])


def _alert(name: str) -> str:
    is_plain = name.isascii() and name.isprintable() and len(name) <= _PLAIN_NAME
    return f"alert: {name}" if is_plain else "alert:"


def _window(profile: DataProfile, timing: TimingWish) -> tuple[WindowSpec, tuple[Assumption, ...]]:
    """Length from the goal where the data leaves a choice; hop from the answers asked for."""
    usual = default_window(profile)
    wish = timing.window_samples
    if wish is None and timing.window_s is not None and usual.rate_hz is not None:
        wish = round(timing.window_s * usual.rate_hz)
    notes: list[Assumption] = []
    length, hop = usual.length, usual.hop
    if profile.kind in ("image", "windows"):
        if wish is not None and wish != length:
            notes.append(assume(f"windows stay {length} samples long, as they were cut in the data", "data"))
        if timing.answers_per_s is not None:
            why = "the data has no rate" if usual.rate_hz is None else f"every {_span(hop, usual.rate_hz)}"
            notes.append(assume(f"an answer for each window of the data, {why}, whatever the goal asks", "data"))
        return usual, (*notes, *_rate_notes(profile, timing))
    if wish is not None:
        length = min(max(4, wish), _LONGEST_WINDOW)
        hop = max(1, length // 2)
    else:
        notes.append(
            assume(f"windows of {_span(length, usual.rate_hz)}, from the rate and the labels' lengths", "data")
        )
    if timing.answers_per_s is not None and usual.rate_hz is not None:
        hop = max(1, round(usual.rate_hz / timing.answers_per_s))
        if hop > length:
            hop = length
            notes.append(assume("an answer each window, more often than asked, so that no sample is missed", "default"))
    else:
        how = "windows overlap by half" if hop < length else "one a window"
        notes.append(assume(f"an answer every {_span(hop, usual.rate_hz)}: {how}", "default"))
    if usual.around_events:
        notes.append(
            assume(
                "training and test take one window around each annotated event; the firmware answers every hop, and an "
                "answer counts where an event is in the middle of the window: between events nothing was tested",
                "data",
            )
        )
    window = usual.model_copy(update={"length": length, "hop": hop})
    return window, (*notes, *_rate_notes(profile, timing))


def _alarm_window(
    window: WindowSpec, notes: tuple[Assumption, ...], alarms: AlarmWish, timing: TimingWish
) -> tuple[WindowSpec, tuple[Assumption, ...]]:
    """With the reference; half as long where it begins with one and neither window nor answers were asked for.

    A level relative to the device's own start needs no long average, and a fault shows the sooner.
    """
    changes = {"reference": alarms.reference}
    is_asked = any(v is not None for v in (timing.window_s, timing.window_samples, timing.answers_per_s))
    if alarms.reference and not is_asked and window.length >= _LONG_WINDOW:
        changes |= {"length": window.length // 2, "hop": window.length // 4}
        span = _span(window.length // 2, window.rate_hz)
        notes = (assume(f"windows of {span}, a new one every half of that, so that a fault shows soon", "default"),)
    return window.model_copy(update=changes), notes


def _answers_per_s(window: WindowSpec, timing: TimingWish) -> float | None:
    return timing.answers_per_s if window.rate_hz is not None else None


def _rate_notes(profile: DataProfile, timing: TimingWish) -> tuple[Assumption, ...]:
    notes = []
    if profile.longest_gap_us is not None:
        what = "samples come irregularly, as in the recordings: the sensor's driver says when each was taken"
        notes.append(assume(f"{what}, and the firmware resamples them", "data"))
    if timing.stated_hz is None or profile.rate_hz is None or abs(timing.stated_hz / profile.rate_hz - 1) < 0.05:
        return tuple(notes)
    what = f"the sensor is sampled at {profile.rate_hz:g} Hz like the recordings, not at {timing.stated_hz:g} Hz"
    return (*notes, assume(what, "data"))


def _score(
    brief: PlannerBrief, wish: ScoreWish, classes: tuple[str, ...]
) -> tuple[MetricName, float, str, tuple[Assumption, ...]]:
    """Metric, limit, where the limit comes from, and what was assumed."""
    notes = list(wish.assumptions)
    metric = wish.metric
    rare = _rare_class(brief.profile, classes)
    if rare is not None and (metric is None or (metric == "macro_f1" and "macro" not in brief.goal.casefold())):
        metric = "class_f1"
        why = "it is rare, and a device that never says so would still be right most of the time"
        notes.append(assume(f"scored by the F1 of {rare!r}: {why}", "data"))
    elif metric is None:
        metric = "macro_f1" if _is_imbalanced(brief.profile, classes) else "accuracy"
        why = (
            "classes differ in size, and accuracy would flatter" if metric == "macro_f1" else "classes are about equal"
        )
        notes.append(assume(f"scored by {metric}: {why}", "data"))
    if wish.limit is not None:
        return metric, wish.limit, "goal", tuple(notes)
    limit = min(1.0, max(0.01, floor(brief.baseline.surely(metric) * 1000) / 1000))
    why = f"what {brief.baseline.method} reaches without luck (lower end of its 95 % interval)"
    notes.append(assume(f"{metric} of at least {limit:g}: {why}", "data"))
    return metric, limit, "data", tuple(notes)


def _alarm_score(wish: AlarmWish) -> tuple[MetricName, float, str, tuple[Assumption, ...]]:
    """Balanced accuracy ranks the trials; what counts are the limits on both rates, which it follows from."""
    rates = [wish.limits.false_alarms]
    if wish.limits.missed_alarms is not None:
        rates.append(wish.limits.missed_alarms)
    limit = round(1 - sum(rates) / len(rates), 6)
    note = assume(
        f"false and missed alarms are limited one by one; trials are ranked by balanced accuracy, at least {limit:g}, "
        "which is 1 less the mean of both rates",
        "default",
    )
    return "balanced_accuracy", limit, wish.source, (*wish.assumptions, note)


def _check_learnable(profile: DataProfile, classes: tuple[str, ...]) -> None:
    """Two classes at least, each with something to learn it from."""
    sizes = {found.name: found.samples for found in profile.classes}
    known = [name for name in classes if sizes.get(name, 0) > 0]
    if len(known) == len(classes) >= 2:
        return
    if known == [NO_CLASS]:
        numbers = ", ".join(repr(found.name) for found in profile.numbers[:8]) or "none that changes"
        raise GoalUnclear(
            f"no recording has a class, so only a number can be estimated, and the goal names none of the data's: "
            f"{numbers}; say which one, such as `estimate the NAME from the other channels`, or add a column 'label'"
        )
    missing = ", ".join(repr(name) for name in classes if name not in known)
    lacks = f"none of {missing} outside the test part" if missing else f"one class alone, {known[0]!r}"
    raise GoalUnclear(
        f"the goal tells classes apart and the data has {lacks}; add recordings, or ask for an alarm when something is "
        "abnormal, which is learned from normal recordings alone"
    )


def _rare_class(profile: DataProfile, classes: tuple[str, ...]) -> str | None:
    """Of two classes the one that is at least four times rarer than the other."""
    sizes = {c.name: c.samples for c in profile.classes if c.name in classes}
    if len(sizes) != 2:
        return None
    rare = min(sizes, key=lambda name: sizes[name])
    return rare if max(sizes.values()) >= _RARE * max(1, sizes[rare]) else None


def _is_imbalanced(profile: DataProfile, classes: tuple[str, ...]) -> bool:
    sizes = [c.samples for c in profile.classes if c.name in classes]
    return max(sizes) > _IMBALANCED * max(1, min(sizes))


def _title(goal: str) -> str:
    """The goal's first clause, on one line."""
    first = re.split(r"(?<=[^\d])[.;:!?](?:\s|$)", clean_line(goal, limit=600), maxsplit=1)[0].strip()
    if len(first) <= _TITLE_CHARACTERS:
        return first or "A device"
    return first[: _TITLE_CHARACTERS - 1].rsplit(" ", 1)[0].rstrip(" ,") + "…"


def _span(samples: int, rate_hz: float | None) -> str:
    return f"{samples} samples" if rate_hz is None else f"{samples / rate_hz:.3g} s ({samples} samples)"


def _unclear(why: str, profile: DataProfile) -> str:
    shown = ", ".join(c.name for c in profile.classes[:8])
    return (
        f"the goal can't be planned: {why}. Say in a sentence what the device tells apart (the data has {shown}), and, "
        "if you like, on which board and within how much RAM and flash, such as: `A wristband that tells walking from "
        "sitting on a Cortex-M4, at most 24 kB of RAM.`"
    )
