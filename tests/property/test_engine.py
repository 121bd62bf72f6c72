"""The engine under random workflows, random orders of what happens, repeated and illegal events, and random budgets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chalicelib.core.engine.state.draft import Changes, Limits
from chalicelib.core.engine.state.effects import GoOn, Wake
from chalicelib.core.engine.state.events import (
    ActionEnded,
    ActionPaused,
    Described,
    Event,
    PauseAsked,
    Proceed,
    RerunAsked,
    ResumeAsked,
    SkipAsked,
    StopAsked,
)
from chalicelib.core.states import CANCELLED, ERROR, PAUSED, RUNNING, SUCCESS, TERMINAL, State
from chalicelib.core.values import ActionKey, TaskKey
from chalicelib.errors import Forbidden, IllegalTransition
from tests.property import laws
from tests.property.workflows import CALM, LIBRARY, TIMELESS, documents
from tests.unit.core.engine.table import Table

settings.register_profile(
    "engine",
    derandomize=True,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
PROFILE = settings.get_profile("engine")
ENDS = st.sampled_from([SUCCESS, SUCCESS, SUCCESS, ERROR, CANCELLED])
LIMITS = st.sampled_from([1, 2, 3, 5, 90]).map(lambda rows: Limits(rows=rows))
MOST_STEPS = 2000


def rerun_of_some(task: TaskKey) -> RerunAsked:
    """A rerun that leaves items alone that have succeeded."""
    return RerunAsked(task, reset=False)


class Run(RuleBasedStateMachine):
    """A run to which anything happens at any time."""

    table: Table
    owed = False
    """Whether the last commit promised to go on."""

    def __init__(self) -> None:
        super().__init__()
        self.past: list[Event] = []
        self.ended: State | None = None
        self.steps = 0
        self.chances = 3
        self.timers: list[Event] = []

    @initialize(text=documents(), limits=LIMITS)
    def begin(self, text: str, limits: Limits) -> None:
        note(text)
        self.table = Table(text, library=LIBRARY, limits=limits)
        self.happen(Proceed())

    def happen(self, event: Event) -> None:
        """Apply an event in one step; computed twice, it comes out the same."""
        changes = self.table.changes(event)
        assert changes == self.table.changes(event)
        self.past.append(event)
        self.keep(changes)

    def keep(self, changes: Changes | None) -> None:
        self.owed = changes is not None and GoOn() in changes.effects
        if changes is None:
            return
        self.steps += 1
        assert self.steps < MOST_STEPS
        assert len(changes.tasks) + len(changes.actions) + len(changes.indexes) <= self.table.limits.rows + 8
        laws.check_stored(changes)
        laws.check_lifecycles(self.table, changes)
        self.timers += [effect.event for effect in changes.effects if isinstance(effect, Wake)]
        self.table.commit(changes)

    # --- what may happen -----------------------------------------------------------------------------------------

    @precondition(lambda self: self.owed)
    @rule()
    def go_on(self) -> None:
        self.happen(Proceed())

    @rule(choose=st.randoms(use_true_random=False), state=ENDS, result=st.sampled_from([None, {"r": 1}, "x" * 200]))
    def an_action_ends(self, choose: Any, state: State, result: Any) -> None:
        found = [action for _, action in laws.actions(self.table) if laws.is_open(action)]
        if found:
            self.happen(ActionEnded(choose.choice(found).key, state, result))

    @rule(choose=st.randoms(use_true_random=False), state=st.sampled_from([PAUSED, RUNNING]))
    def an_action_pauses(self, choose: Any, state: State) -> None:
        found = [action for _, action in laws.actions(self.table) if laws.is_open(action)]
        if found:
            self.happen(ActionPaused(choose.choice(found).key, state))

    @rule(choose=st.randoms(use_true_random=False))
    def a_timer_goes_off(self, choose: Any) -> None:
        """In any order, and more than once."""
        if self.timers:
            self.happen(choose.choice(self.timers))

    @rule()
    def pause(self) -> None:
        if self.table.run.head.state in (RUNNING, PAUSED):
            self.happen(PauseAsked())

    @rule()
    def resume(self) -> None:
        self.happen(ResumeAsked())

    @rule(state=st.sampled_from([SUCCESS, ERROR, CANCELLED]), sure=st.integers(0, 9))
    def stop(self, state: State, sure: int) -> None:
        if sure == 0 and not (state is SUCCESS and self.table.run.head.state is not RUNNING):
            self.happen(StopAsked(state, "stopped"))

    @rule(choose=st.randoms(use_true_random=False), ask=st.sampled_from([RerunAsked, SkipAsked, rerun_of_some]))
    def a_failed_task_gets_another_chance(self, choose: Any, ask: Callable[[TaskKey], RerunAsked | SkipAsked]) -> None:
        failed = [task.key for task in self.table.rows.tasks() if task.state is ERROR]
        if failed and self.chances:
            self.chances -= 1
            event = ask(choose.choice(failed))
            if self.table.run.head.state is SUCCESS:
                self.is_refused(event)
            else:
                self.ended = None
                self.happen(event)

    @rule(event=st.sampled_from(["PAUSE", "SUCCESS", "env"]))
    def something_illegal(self, event: str) -> None:
        state = self.table.run.head.state
        illegal: dict[str, tuple[Event, bool]] = {
            "PAUSE": (PauseAsked(), state in TERMINAL),
            "SUCCESS": (StopAsked(SUCCESS), state in (PAUSED, ERROR, CANCELLED)),
            "env": (Described(env={"a": 1}), state not in (PAUSED, ERROR)),
        }
        asked, applies = illegal[event]
        if applies:
            self.is_refused(asked)

    @rule(choose=st.randoms(use_true_random=False))
    def something_comes_again(self, choose: Any) -> None:
        """An old message changes nothing; where work is left, it has that done, as any message has."""
        old = [event for event in self.past if isinstance(event, (Proceed, ActionEnded))]
        event = choose.choice(old)
        if isinstance(event, ActionEnded) and self.is_open(event.action):
            return  # it was refused before, or the action is another attempt
        assert self.table.changes(event) == self.table.changes(Proceed())
        assert self.owed or self.table.changes(event) is None

    # --- laws ----------------------------------------------------------------------------------------------------

    @invariant()
    def counters_agree(self) -> None:
        if self.past:
            laws.check_counters(self.table)
            laws.check_ends(self.table)

    @invariant()
    def is_not_stuck(self) -> None:
        if self.past and not self.owed:
            laws.check_not_stuck(self.table, self.timers)

    @invariant()
    def an_end_is_an_end(self) -> None:
        if not self.past:
            return
        state = self.table.run.head.state
        assert self.ended in (None, state)
        if state in TERMINAL:
            self.ended = state
            assert not self.owed

    def teardown(self) -> None:
        """However it went, once everything was reported and resumed, the run is over."""
        if not self.past:
            return
        while self.table.run.head.state not in TERMINAL:
            self.one_more()
        laws.check_counters(self.table)

    def one_more(self) -> None:
        opened = [action for _, action in laws.actions(self.table) if laws.is_open(action)]
        if self.owed:
            self.happen(Proceed())
        elif self.table.run.head.state is PAUSED:
            self.happen(ResumeAsked())
        elif self.timers:
            self.happen(self.timers.pop(0))
        else:
            assert opened
            self.happen(ActionEnded(opened[0].key, SUCCESS))

    def is_refused(self, event: Event) -> None:
        try:
            self.table.changes(event)
        except (IllegalTransition, Forbidden):
            return
        raise AssertionError(f"{event} was accepted")

    def is_open(self, key: ActionKey) -> bool:
        return any(action.key == key and laws.is_open(action) for _, action in laws.actions(self.table))


TestRun = Run.TestCase
TestRun.settings = settings(PROFILE, max_examples=500, stateful_step_count=25)


@settings(PROFILE, max_examples=300)
@given(text=documents(TIMELESS), order=st.randoms(use_true_random=False), rows=st.integers(1, 9))
def test_the_budget_of_a_step_changes_nothing(text: str, order: Any, rows: int) -> None:
    ample, tight = Table(text, library=LIBRARY).go(), Table(text, library=LIBRARY, limits=Limits(rows=rows)).go()
    for _ in range(MOST_STEPS):
        opened = [action for _, action in laws.actions(ample) if laws.is_open(action)]
        if ample.run.head.state is PAUSED:
            event: Event = ResumeAsked()
        elif opened and ample.state == "RUNNING":
            event = ActionEnded(order.choice(opened).key, order.choice([SUCCESS, ERROR]), {"r": 1})
        else:
            break
        ample.apply(event)
        tight.apply(event)
    assert tight.rows.kept == ample.rows.kept
    assert (tight.state, tight.info, tight.output) == (ample.state, ample.info, ample.output)
    assert tight.run.head.progress == ample.run.head.progress


@settings(PROFILE, max_examples=300)
@given(text=documents(CALM), order=st.randoms(use_true_random=False), rows=st.integers(1, 90), lazy=st.booleans())
def test_without_races_the_order_changes_nothing(text: str, order: Any, rows: int, lazy: bool) -> None:
    """But how much a join knew when it failed: it fails as soon as one of the tasks it needs is lost."""
    first = played(Table(text, library=LIBRARY), lambda events: events[0], False)
    other = played(Table(text, library=LIBRARY, limits=Limits(rows=rows)), order.choice, lazy)
    assert first.states == other.states
    if not any("Failed by tasks" in (task.state_info or "") for task in first.rows.tasks()):
        assert outcome(first) == outcome(other)


@settings(PROFILE, max_examples=150)
@given(text=documents(CALM), order=st.randoms(use_true_random=False))
def test_without_loops_a_join_of_all_runs_once(text: str, order: Any) -> None:
    table = played(Table(text, library=LIBRARY), order.choice, False)
    assert all(task.attempts <= 1 and task.key.instance == 0 for task in table.rows.tasks())


def played(table: Table, choose: Callable[[list[Event]], Event], lazy: bool) -> Table:
    """Play to the end; every task has one fate, whenever it comes. `lazy`: promises to go on are kept late."""
    owed = [Proceed()]
    while table.run.head.state is RUNNING:
        events: list[Event] = [
            ActionEnded(action.key, SUCCESS if len(task.name) + action.key.task.place & 1 else ERROR, {"r": task.name})
            for task, action in laws.actions(table)
            if laws.is_open(action)
        ]
        event = owed.pop() if owed and not (lazy and events) else choose([*events, *owed])
        changes = table.changes(event)
        if changes is not None:
            owed = [Proceed()] if GoOn() in table.commit(changes).effects else []
    return table


def outcome(table: Table) -> object:
    """All that anybody can see of a run in which every task ran once, but for the order of creation."""
    tasks = {
        task.name: (
            task.state,
            task.state_info,
            table.published(task.name),
            sorted(task.triggered_by),
            task.next,
            table.results(task.name),
        )
        for task in table.rows.tasks()
    }
    return table.state, table.info, table.output, tasks
