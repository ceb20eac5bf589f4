import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from cases.actors import Role
from cases.referrals.status import (
    CLOSED,
    LIVE_HANDOFFS,
    HandoffStatus,
    Status,
    allowed,
    following,
    handoff_allowed,
    may_offer,
    resumed,
    taken,
)

statuses = st.sampled_from(Status)
roles = st.sampled_from(Role)
ONLY_FROM_HANDOFFS = {Status.OFFERED, Status.ACCEPTED, Status.DECLINED}


class TestAllowed:
    @given(status=statuses, role=roles)
    def test_nobody_chooses_what_only_a_handoff_can_bring_nor_a_draft(self, status: Status, role: Role) -> None:
        assert not allowed(status, role) & (ONLY_FROM_HANDOFFS | {Status.DRAFT, status})

    @given(status=statuses)
    def test_an_agency_acts_through_its_handoffs_only(self, status: Status) -> None:
        assert not allowed(status, Role.AGENCY)

    @given(status=statuses)
    def test_an_administrator_may_all_that_triage_may(self, status: Status) -> None:
        assert allowed(status, Role.TRIAGE) <= allowed(status, Role.ADMINISTRATOR)

    @given(status=statuses.filter(lambda status: status not in {Status.DRAFT, Status.ENTERED_IN_ERROR}))
    def test_triage_never_stands_before_a_wall(self, status: Status) -> None:
        assert allowed(status, Role.TRIAGE)

    def test_a_closed_referral_can_only_be_reopened_and_an_error_only_by_an_administrator(self) -> None:
        assert {allowed(status, Role.TRIAGE) for status in CLOSED} == {frozenset({Status.REOPENED}), frozenset()}
        assert not allowed(Status.ENTERED_IN_ERROR, Role.TRIAGE)
        assert allowed(Status.ENTERED_IN_ERROR, Role.ADMINISTRATOR) == {Status.REOPENED}

    def test_the_system_sends_drafts_and_withdraws_what_nobody_has_begun(self) -> None:
        assert allowed(Status.DRAFT, Role.SYSTEM) == {Status.SUBMITTED, Status.CANCELLED}
        assert allowed(Status.SUBMITTED, Role.SYSTEM) == {Status.CANCELLED}
        assert not any(allowed(status, Role.SYSTEM) for status in Status if status not in {"draft", "submitted"})

    def test_every_state_is_reached_from_a_new_report(self) -> None:
        reached, ahead = set[Status](), {Status.SUBMITTED}
        while ahead:
            reached |= ahead
            chosen = {to for status in ahead for to in allowed(status, Role.ADMINISTRATOR)}
            handed = ONLY_FROM_HANDOFFS if any(map(may_offer, ahead)) else set()
            ahead = (chosen | handed) - reached
        assert reached == set(Status) - {Status.DRAFT}


class TestHandoffAllowed:
    @given(status=st.sampled_from(HandoffStatus), role=roles)
    def test_what_is_over_stays_over(self, status: HandoffStatus, role: Role) -> None:
        assert status in LIVE_HANDOFFS or not handoff_allowed(status, role)

    @pytest.mark.parametrize("status", sorted(LIVE_HANDOFFS))
    def test_only_the_side_that_offered_withdraws(self, status: HandoffStatus) -> None:
        assert HandoffStatus.WITHDRAWN in handoff_allowed(status, Role.TRIAGE)
        assert HandoffStatus.WITHDRAWN not in handoff_allowed(status, Role.AGENCY)

    def test_an_accepted_handoff_is_not_declined_any_more(self) -> None:
        assert HandoffStatus.DECLINED not in handoff_allowed(HandoffStatus.ACCEPTED, Role.AGENCY)


class TestTaken:
    @given(status=statuses)
    def test_only_what_waits_for_anybody_changes(self, status: Status) -> None:
        waits = status in {Status.SUBMITTED, Status.DECLINED, Status.REOPENED}
        assert taken(status) is (Status.TRIAGE if waits else status)


class TestResumed:
    @given(to=statuses, handoffs=st.lists(st.sampled_from(HandoffStatus)))
    def test_only_the_desk_gives_way_to_what_agencies_have_in_hand(
        self, to: Status, handoffs: list[HandoffStatus]
    ) -> None:
        gives_way = to in {Status.TRIAGE, Status.ASSIGNED} and LIVE_HANDOFFS & set(handoffs)
        assert (resumed(to, handoffs) in set(LIVE_HANDOFFS)) if gives_way else (resumed(to, handoffs) is to)


class TestFollowing:
    @pytest.mark.parametrize(
        ("current", "handoffs", "step", "then"),
        [
            ("triage", ["offered"], "offered", "offered"),
            ("offered", ["accepted"], "accepted", "accepted"),
            ("accepted", ["in_progress"], "in_progress", "in_progress"),
            ("in_progress", ["completed"], "completed", "assigned"),
            ("offered", ["declined"], "declined", "declined"),
            ("offered", ["withdrawn"], "withdrawn", "assigned"),
            ("in_progress", ["in_progress", "offered"], "offered", "in_progress"),
            ("in_progress", ["in_progress", "declined"], "declined", "in_progress"),
            ("in_progress", ["completed", "offered"], "completed", "offered"),
            ("offered", ["completed", "declined"], "declined", "assigned"),
            ("offered", ["withdrawn", "declined"], "declined", "declined"),
            ("on_hold", ["in_progress"], "in_progress", "on_hold"),
            ("on_hold", ["offered"], "offered", "offered"),
            ("cancelled", ["declined"], "declined", "cancelled"),
        ],
    )
    def test_the_most_advanced_live_handoff_speaks_for_all(
        self, current: str, handoffs: list[str], step: str, then: str
    ) -> None:
        assert following(Status(current), list(map(HandoffStatus, handoffs)), HandoffStatus(step)) == then


class Course(RuleBasedStateMachine):
    """Any course that staff and agencies can take a referral, up to three hand-offs at once."""

    @initialize()
    def begin(self) -> None:
        self.status = Status.SUBMITTED
        self.handoffs: list[HandoffStatus] = []

    @rule(role=roles, data=st.data())
    def decide(self, role: Role, data: st.DataObject) -> None:
        ahead = sorted(allowed(self.status, role))
        if ahead:
            self.status = data.draw(st.sampled_from(ahead))
            self.status = resumed(self.status, self.handoffs)
            if self.status in CLOSED:
                self.handoffs = [HandoffStatus.WITHDRAWN if at in LIVE_HANDOFFS else at for at in self.handoffs]

    @precondition(lambda self: self.status not in CLOSED)
    @rule()
    def take(self) -> None:
        self.status = taken(self.status)

    @precondition(lambda self: may_offer(self.status) and len(self.handoffs) < 3)
    @rule()
    def offer(self) -> None:
        self.handoffs.append(HandoffStatus.OFFERED)
        self.status = following(self.status, self.handoffs, HandoffStatus.OFFERED)

    @precondition(lambda self: self.handoffs)
    @rule(role=roles, data=st.data())
    def step(self, role: Role, data: st.DataObject) -> None:
        which = data.draw(st.integers(0, len(self.handoffs) - 1))
        ahead = sorted(handoff_allowed(self.handoffs[which], role))
        if ahead:
            self.handoffs[which] = data.draw(st.sampled_from(ahead))
            before, self.status = self.status, following(self.status, self.handoffs, self.handoffs[which])
            assert self.status not in CLOSED or before in CLOSED, "only the city ends it"

    @invariant()
    def a_closed_referral_leaves_no_agency_at_work(self) -> None:
        assert self.status not in CLOSED or not LIVE_HANDOFFS & set(self.handoffs)

    @invariant()
    def what_is_offered_or_accepted_is_so_somewhere(self) -> None:
        if self.status in {Status.OFFERED, Status.ACCEPTED}:
            assert HandoffStatus(self.status) in self.handoffs

    @invariant()
    def what_an_agency_has_in_hand_is_never_shown_as_the_citys(self) -> None:
        if self.status in {Status.SUBMITTED, Status.TRIAGE, Status.ASSIGNED, Status.DECLINED, Status.REOPENED}:
            assert not LIVE_HANDOFFS & set(self.handoffs)

    @invariant()
    def declined_means_that_nobody_has_served(self) -> None:
        assert self.status is not Status.DECLINED or HandoffStatus.COMPLETED not in self.handoffs

    @invariant()
    def it_never_becomes_a_draft_again(self) -> None:
        assert self.status is not Status.DRAFT


TestCourse = Course.TestCase
