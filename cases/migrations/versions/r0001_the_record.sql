-- The record, as of its first release. The same tables, with what they mean, are mapped in cases/**/models.py and in
-- cases/people.py, conversations.py, inbound.py, outbox.py, unsent.py and audit.py; a test holds the two equal.

CREATE TABLE agencies (
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    types TEXT[] DEFAULT '{}' NOT NULL,
    phone TEXT DEFAULT '' NOT NULL,
    active BOOLEAN DEFAULT 'true' NOT NULL,
    CONSTRAINT pk_agencies PRIMARY KEY (id)
);

CREATE TABLE audit (
    seq BIGINT NOT NULL,
    id UUID NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    staff_id UUID,
    role TEXT NOT NULL,
    action TEXT NOT NULL,
    target_kind TEXT NOT NULL,
    target_id TEXT NOT NULL,
    detail BYTEA,
    code BYTEA NOT NULL,
    CONSTRAINT pk_audit PRIMARY KEY (seq),
    CONSTRAINT ck_audit_role CHECK (role IN ('administrator', 'triage', 'agency', 'system'))
);
CREATE INDEX ix_audit_target ON audit (target_kind, target_id, seq);

CREATE TABLE audit_head (
    id INTEGER NOT NULL,
    seq BIGINT NOT NULL,
    code BYTEA NOT NULL,
    seal BYTEA NOT NULL,
    CONSTRAINT pk_audit_head PRIMARY KEY (id),
    CONSTRAINT ck_audit_head_one_row CHECK (id = 1)
);

CREATE TABLE inbound (
    id UUID NOT NULL,
    event_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    event_at TIMESTAMP WITH TIME ZONE NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    place INTEGER NOT NULL,
    lane BIGINT,
    state TEXT DEFAULT 'open' NOT NULL,
    line_user BYTEA,
    payload BYTEA,
    message_hash BYTEA,
    attempts INTEGER DEFAULT '0' NOT NULL,
    not_before TIMESTAMP WITH TIME ZONE,
    error BYTEA,
    finished_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_inbound PRIMARY KEY (id),
    CONSTRAINT ck_inbound_state CHECK (state IN ('open', 'done', 'parked')),
    CONSTRAINT ck_inbound_open_in_a_lane CHECK (state <> 'open' OR lane IS NOT NULL),
    CONSTRAINT uq_inbound_event_id UNIQUE (event_id)
) WITH (autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX ix_inbound_lane ON inbound (lane, event_at, received_at, place, id) WHERE state = 'open';
CREATE INDEX ix_inbound_message_hash ON inbound (message_hash) WHERE state <> 'done';
CREATE INDEX ix_inbound_open ON inbound (event_at, received_at, place, id) WHERE state = 'open';
CREATE INDEX ix_inbound_resting ON inbound (not_before) WHERE state = 'open' AND not_before IS NOT NULL;

CREATE TABLE people (
    id UUID NOT NULL,
    line_user BYTEA,
    line_user_hash BYTEA NOT NULL,
    reachable BOOLEAN DEFAULT 'true' NOT NULL,
    reachable_at TIMESTAMP WITH TIME ZONE,
    first_seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_people PRIMARY KEY (id),
    CONSTRAINT uq_people_line_user_hash UNIQUE (line_user_hash)
);

CREATE TABLE referral_counters (
    fiscal_year INTEGER NOT NULL,
    last INTEGER NOT NULL,
    CONSTRAINT pk_referral_counters PRIMARY KEY (fiscal_year)
);

CREATE TABLE signin_attempts (
    id UUID NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    account_hash BYTEA NOT NULL,
    address_hash BYTEA NOT NULL,
    CONSTRAINT pk_signin_attempts PRIMARY KEY (id)
);
CREATE INDEX ix_signin_attempts_account_hash ON signin_attempts (account_hash, at);
CREATE INDEX ix_signin_attempts_address_hash ON signin_attempts (address_hash, at);
CREATE INDEX ix_signin_attempts_at ON signin_attempts (at);

CREATE TABLE unsent (
    message_hash BYTEA NOT NULL,
    unsent_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_unsent PRIMARY KEY (message_hash)
);

CREATE TABLE conversations (
    person_id UUID NOT NULL,
    version INTEGER DEFAULT '1' NOT NULL,
    state BYTEA,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_conversations PRIMARY KEY (person_id),
    CONSTRAINT fk_conversations_person_id FOREIGN KEY(person_id) REFERENCES people (id) ON DELETE CASCADE
);
CREATE INDEX ix_conversations_expires_at ON conversations (expires_at);

CREATE TABLE outbox (
    id UUID NOT NULL,
    seq BIGINT GENERATED ALWAYS AS IDENTITY,
    person_id UUID NOT NULL,
    inbound_id UUID,
    state TEXT DEFAULT 'waiting' NOT NULL,
    road TEXT NOT NULL,
    retry_key UUID NOT NULL,
    messages BYTEA,
    reply_token BYTEA,
    token_received_at TIMESTAMP WITH TIME ZONE,
    attempts INTEGER DEFAULT '0' NOT NULL,
    unsure BOOLEAN DEFAULT 'false' NOT NULL,
    attempted_at TIMESTAMP WITH TIME ZONE,
    not_before TIMESTAMP WITH TIME ZONE,
    claimed_until TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    finished_at TIMESTAMP WITH TIME ZONE,
    detail BYTEA,
    CONSTRAINT pk_outbox PRIMARY KEY (id),
    CONSTRAINT ck_outbox_road CHECK (road IN ('reply', 'push')),
    CONSTRAINT ck_outbox_state CHECK (state IN ('waiting', 'sending', 'sent', 'not_sent', 'unknown', 'cancelled')),
    CONSTRAINT ck_outbox_sending_has_lease CHECK (state <> 'sending' OR claimed_until IS NOT NULL),
    CONSTRAINT fk_outbox_person_id FOREIGN KEY(person_id) REFERENCES people (id) ON DELETE CASCADE
) WITH (autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX ix_outbox_open ON outbox (seq) WHERE state IN ('waiting', 'sending');
CREATE INDEX ix_outbox_person ON outbox (person_id, seq) WHERE state IN ('waiting', 'sending');
CREATE INDEX ix_outbox_undelivered ON outbox (state) WHERE state IN ('not_sent', 'unknown', 'cancelled');

CREATE TABLE staff (
    id UUID NOT NULL,
    email BYTEA,
    email_hash BYTEA NOT NULL,
    name BYTEA,
    role TEXT NOT NULL,
    agency_id TEXT,
    password_hash TEXT NOT NULL,
    active BOOLEAN DEFAULT 'true' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_staff PRIMARY KEY (id),
    CONSTRAINT ck_staff_agency_role_has_agency CHECK ((role = 'agency') = (agency_id IS NOT NULL)),
    CONSTRAINT ck_staff_system_is_nobody CHECK (role <> 'system'),
    CONSTRAINT uq_staff_email_hash UNIQUE (email_hash),
    CONSTRAINT fk_staff_agency_id FOREIGN KEY(agency_id) REFERENCES agencies (id),
    CONSTRAINT ck_staff_role CHECK (role IN ('administrator', 'triage', 'agency', 'system'))
);

CREATE TABLE referrals (
    id UUID NOT NULL,
    version INTEGER DEFAULT '1' NOT NULL,
    referral_no TEXT NOT NULL,
    receipt BYTEA,
    receipt_hash BYTEA NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    channel TEXT NOT NULL,
    received_by UUID,
    origin_agency TEXT,
    assigned_to UUID,
    status TEXT NOT NULL,
    is_open BOOLEAN GENERATED ALWAYS AS (status NOT IN ('cancelled', 'completed', 'draft', 'entered_in_error')) STORED NOT NULL,
    priority TEXT NOT NULL,
    urgency INTEGER GENERATED ALWAYS AS (CASE priority WHEN 'emergency' THEN 0 WHEN 'high' THEN 1 WHEN 'medium' THEN 2 ELSE 3 END) STORED NOT NULL,
    duplicate_of UUID,
    script TEXT DEFAULT '' NOT NULL,
    script_version INTEGER DEFAULT '0' NOT NULL,
    subject_known TEXT DEFAULT 'unknown' NOT NULL,
    name BYTEA,
    kana BYTEA,
    age_band TEXT DEFAULT 'unknown' NOT NULL,
    gender TEXT DEFAULT 'unknown' NOT NULL,
    address BYTEA,
    landmark BYTEA,
    position BYTEA,
    town BYTEA,
    district TEXT,
    household_type TEXT DEFAULT 'unknown' NOT NULL,
    language TEXT DEFAULT 'ja' NOT NULL,
    comm_needs TEXT[] DEFAULT '{}' NOT NULL,
    known_benefits TEXT[] DEFAULT '{}' NOT NULL,
    free_text BYTEA,
    signs TEXT[] DEFAULT '{}' NOT NULL,
    observed_period TEXT DEFAULT 'unknown' NOT NULL,
    frequency TEXT DEFAULT 'unknown' NOT NULL,
    data_source TEXT DEFAULT 'unknown' NOT NULL,
    immediate_danger TEXT DEFAULT 'unknown' NOT NULL,
    danger_flags TEXT[] DEFAULT '{}' NOT NULL,
    subject_wish BYTEA,
    strengths BYTEA,
    consent_status TEXT DEFAULT 'not_asked' NOT NULL,
    consent_scope TEXT[] DEFAULT '{}' NOT NULL,
    consent_method TEXT,
    consent_at TIMESTAMP WITH TIME ZONE,
    consent_by UUID,
    legal_basis TEXT,
    forum TEXT DEFAULT 'none' NOT NULL,
    override_reason BYTEA,
    override_by UUID,
    past_actions BYTEA,
    commissioner_ok TEXT DEFAULT 'unknown' NOT NULL,
    visit_risks TEXT[] DEFAULT '{}' NOT NULL,
    close_reason TEXT,
    retention_class TEXT DEFAULT 'standard' NOT NULL,
    dispose_after DATE,
    hold BOOLEAN DEFAULT 'false' NOT NULL,
    CONSTRAINT pk_referrals PRIMARY KEY (id),
    CONSTRAINT uq_referrals_referral_no UNIQUE (referral_no),
    CONSTRAINT uq_referrals_receipt_hash UNIQUE (receipt_hash),
    CONSTRAINT fk_referrals_received_by FOREIGN KEY(received_by) REFERENCES staff (id),
    CONSTRAINT fk_referrals_origin_agency FOREIGN KEY(origin_agency) REFERENCES agencies (id),
    CONSTRAINT fk_referrals_assigned_to FOREIGN KEY(assigned_to) REFERENCES staff (id),
    CONSTRAINT fk_referrals_duplicate_of FOREIGN KEY(duplicate_of) REFERENCES referrals (id) ON DELETE SET NULL,
    CONSTRAINT fk_referrals_consent_by FOREIGN KEY(consent_by) REFERENCES staff (id),
    CONSTRAINT fk_referrals_override_by FOREIGN KEY(override_by) REFERENCES staff (id),
    CONSTRAINT ck_referrals_channel CHECK (channel IN ('line', 'web', 'phone', 'counter', 'paper', 'visit')),
    CONSTRAINT ck_referrals_status CHECK (status IN ('draft', 'submitted', 'triage', 'assigned', 'offered', 'accepted', 'declined', 'in_progress', 'on_hold', 'completed', 'cancelled', 'entered_in_error', 'reopened')),
    CONSTRAINT ck_referrals_priority CHECK (priority IN ('emergency', 'high', 'medium', 'low')),
    CONSTRAINT ck_referrals_subject_known CHECK (subject_known IN ('name', 'face', 'house', 'unknown')),
    CONSTRAINT ck_referrals_age_band CHECK (age_band IN ('0-5', '6-11', '12-14', '15-17', '18-29', '30-39', '40-49', '50-64', '65-74', '75-84', '85+', 'unknown')),
    CONSTRAINT ck_referrals_gender CHECK (gender IN ('male', 'female', 'other', 'unknown')),
    CONSTRAINT ck_referrals_household_type CHECK (household_type IN ('alone', 'elderly', 'couple', 'parent_adult_child', 'single_parent', 'three_generations', 'others', 'facility', 'homeless', 'unknown')),
    CONSTRAINT ck_referrals_observed_period CHECK (observed_period IN ('now', 'today', 'days', 'month', 'longer', 'unknown')),
    CONSTRAINT ck_referrals_frequency CHECK (frequency IN ('once', 'sometimes', 'daily', 'unknown')),
    CONSTRAINT ck_referrals_data_source CHECK (data_source IN ('seen', 'told', 'subject', 'guess', 'unknown')),
    CONSTRAINT ck_referrals_immediate_danger CHECK (immediate_danger IN ('yes', 'no', 'unknown')),
    CONSTRAINT ck_referrals_consent_status CHECK (consent_status IN ('given', 'not_asked', 'refused', 'impossible', 'withdrawn')),
    CONSTRAINT ck_referrals_consent_method CHECK (consent_method IN ('written', 'oral', 'electronic', 'proxy')),
    CONSTRAINT ck_referrals_legal_basis CHECK (legal_basis IN ('consent', 'support_council', 'privacy_act_69_2_2', 'privacy_act_69_2_3', 'privacy_act_69_2_4', 'child_abuse', 'elder_abuse', 'disability_abuse', 'dv', 'life_and_body', 'anonymous_only')),
    CONSTRAINT ck_referrals_forum CHECK (forum IN ('multi_agency_meeting', 'support_council', 'child_council', 'livelihood_council', 'community_care', 'none')),
    CONSTRAINT ck_referrals_commissioner_ok CHECK (commissioner_ok IN ('yes', 'no', 'unknown')),
    CONSTRAINT ck_referrals_visit_risks CHECK (visit_risks <@ ARRAY['dog', 'violence', 'infection', 'not_alone', 'secret']::text[]),
    CONSTRAINT ck_referrals_close_reason CHECK (close_reason IN ('solved', 'transferred', 'declined', 'moved', 'died', 'unreachable', 'not_eligible', 'error'))
);
CREATE INDEX ix_referrals_assigned ON referrals (assigned_to, urgency, received_at, id) WHERE is_open;
CREATE INDEX ix_referrals_district ON referrals (district, urgency, received_at, id) WHERE is_open;
CREATE INDEX ix_referrals_open ON referrals (urgency, received_at, id) WHERE is_open;
CREATE INDEX ix_referrals_queue ON referrals (urgency, received_at, id);
CREATE INDEX ix_referrals_status ON referrals (status, urgency, received_at, id) WHERE is_open;

CREATE TABLE staff_sessions (
    token_hash BYTEA NOT NULL,
    staff_id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_staff_sessions PRIMARY KEY (token_hash),
    CONSTRAINT fk_staff_sessions_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id) ON DELETE CASCADE
);
CREATE INDEX ix_staff_sessions_staff_id ON staff_sessions (staff_id);

CREATE TABLE handoffs (
    id UUID NOT NULL,
    referral_id UUID NOT NULL,
    agency_id TEXT NOT NULL,
    status TEXT NOT NULL,
    requested_action TEXT NOT NULL,
    reason BYTEA,
    due DATE,
    contact_prohibited BOOLEAN DEFAULT 'false' NOT NULL,
    offered_at TIMESTAMP WITH TIME ZONE NOT NULL,
    offered_by UUID,
    responded_at TIMESTAMP WITH TIME ZONE,
    responded_by UUID,
    decline_reason TEXT,
    comment BYTEA,
    finished_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_handoffs PRIMARY KEY (id),
    CONSTRAINT ck_handoffs_decline_has_reason CHECK ((status = 'declined') = (decline_reason IS NOT NULL)),
    CONSTRAINT fk_handoffs_referral_id FOREIGN KEY(referral_id) REFERENCES referrals (id) ON DELETE CASCADE,
    CONSTRAINT fk_handoffs_agency_id FOREIGN KEY(agency_id) REFERENCES agencies (id),
    CONSTRAINT fk_handoffs_offered_by FOREIGN KEY(offered_by) REFERENCES staff (id),
    CONSTRAINT fk_handoffs_responded_by FOREIGN KEY(responded_by) REFERENCES staff (id),
    CONSTRAINT ck_handoffs_status CHECK (status IN ('offered', 'accepted', 'declined', 'in_progress', 'completed', 'withdrawn')),
    CONSTRAINT ck_handoffs_requested_action CHECK (requested_action IN ('inform', 'phone', 'visit', 'accompany', 'interview', 'meeting', 'watch', 'advise')),
    CONSTRAINT ck_handoffs_decline_reason CHECK (decline_reason IN ('not_eligible', 'below_criteria', 'outside_area', 'capacity', 'not_enough_information', 'no_consent', 'already_served', 'subject_unwilling', 'other'))
);
CREATE INDEX ix_handoffs_agency ON handoffs (agency_id, status, referral_id);
CREATE INDEX ix_handoffs_due ON handoffs (due) WHERE status IN ('accepted', 'in_progress', 'offered');
CREATE INDEX ix_handoffs_referral_id ON handoffs (referral_id);
CREATE UNIQUE INDEX uq_handoffs_live ON handoffs (referral_id, agency_id) WHERE status IN ('accepted', 'in_progress', 'offered');

CREATE TABLE household_members (
    id UUID NOT NULL,
    referral_id UUID NOT NULL,
    place INTEGER NOT NULL,
    relation BYTEA,
    age_band TEXT DEFAULT 'unknown' NOT NULL,
    conditions TEXT[] DEFAULT '{}' NOT NULL,
    needs_support TEXT DEFAULT 'unknown' NOT NULL,
    CONSTRAINT pk_household_members PRIMARY KEY (id),
    CONSTRAINT fk_household_members_referral_id FOREIGN KEY(referral_id) REFERENCES referrals (id) ON DELETE CASCADE,
    CONSTRAINT ck_household_members_age_band CHECK (age_band IN ('0-5', '6-11', '12-14', '15-17', '18-29', '30-39', '40-49', '50-64', '65-74', '75-84', '85+', 'unknown')),
    CONSTRAINT ck_household_members_needs_support CHECK (needs_support IN ('yes', 'no', 'unknown'))
);
CREATE INDEX ix_household_members_referral_id ON household_members (referral_id);

CREATE TABLE involvements (
    id UUID NOT NULL,
    referral_id UUID NOT NULL,
    agency_id TEXT,
    agency_name TEXT NOT NULL,
    contact BYTEA,
    period BYTEA,
    state TEXT DEFAULT 'unknown' NOT NULL,
    CONSTRAINT pk_involvements PRIMARY KEY (id),
    CONSTRAINT fk_involvements_referral_id FOREIGN KEY(referral_id) REFERENCES referrals (id) ON DELETE CASCADE,
    CONSTRAINT fk_involvements_agency_id FOREIGN KEY(agency_id) REFERENCES agencies (id),
    CONSTRAINT ck_involvements_state CHECK (state IN ('continuing', 'interrupted', 'refused', 'unknown'))
);
CREATE INDEX ix_involvements_referral_id ON involvements (referral_id);

CREATE TABLE masked_spans (
    id UUID NOT NULL,
    referral_id UUID NOT NULL,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    reason BYTEA,
    masked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    masked_by UUID,
    CONSTRAINT pk_masked_spans PRIMARY KEY (id),
    CONSTRAINT ck_masked_spans_span CHECK (0 <= "start" AND "start" < "end"),
    CONSTRAINT fk_masked_spans_referral_id FOREIGN KEY(referral_id) REFERENCES referrals (id) ON DELETE CASCADE,
    CONSTRAINT fk_masked_spans_masked_by FOREIGN KEY(masked_by) REFERENCES staff (id)
);
CREATE INDEX ix_masked_spans_referral_id ON masked_spans (referral_id);

CREATE TABLE notes (
    id UUID NOT NULL,
    referral_id UUID NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    by UUID,
    agency_id TEXT,
    text BYTEA,
    CONSTRAINT pk_notes PRIMARY KEY (id),
    CONSTRAINT fk_notes_referral_id FOREIGN KEY(referral_id) REFERENCES referrals (id) ON DELETE CASCADE,
    CONSTRAINT fk_notes_by FOREIGN KEY(by) REFERENCES staff (id),
    CONSTRAINT fk_notes_agency_id FOREIGN KEY(agency_id) REFERENCES agencies (id)
);
CREATE INDEX ix_notes_referral_id ON notes (referral_id);

CREATE TABLE plans (
    id UUID NOT NULL,
    referral_id UUID NOT NULL,
    revision INTEGER NOT NULL,
    issues BYTEA,
    goals BYTEA,
    roles BYTEA,
    starts_on DATE,
    ends_on DATE,
    review_on DATE,
    outreach_needed BOOLEAN DEFAULT 'false' NOT NULL,
    participation_needed BOOLEAN DEFAULT 'false' NOT NULL,
    evaluation TEXT,
    written_at TIMESTAMP WITH TIME ZONE NOT NULL,
    written_by UUID,
    CONSTRAINT pk_plans PRIMARY KEY (id),
    CONSTRAINT uq_plans_referral_id_revision UNIQUE (referral_id, revision),
    CONSTRAINT fk_plans_referral_id FOREIGN KEY(referral_id) REFERENCES referrals (id) ON DELETE CASCADE,
    CONSTRAINT fk_plans_written_by FOREIGN KEY(written_by) REFERENCES staff (id),
    CONSTRAINT ck_plans_evaluation CHECK (evaluation IN ('achieved', 'partly', 'unchanged', 'worse'))
);
CREATE INDEX ix_plans_review_on ON plans (review_on);

CREATE TABLE priority_changes (
    id UUID NOT NULL,
    referral_id UUID NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    by UUID,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    reason BYTEA,
    CONSTRAINT pk_priority_changes PRIMARY KEY (id),
    CONSTRAINT fk_priority_changes_referral_id FOREIGN KEY(referral_id) REFERENCES referrals (id) ON DELETE CASCADE,
    CONSTRAINT fk_priority_changes_by FOREIGN KEY(by) REFERENCES staff (id),
    CONSTRAINT ck_priority_changes_before CHECK (before IN ('emergency', 'high', 'medium', 'low')),
    CONSTRAINT ck_priority_changes_after CHECK (after IN ('emergency', 'high', 'medium', 'low'))
);
CREATE INDEX ix_priority_changes_referral_id ON priority_changes (referral_id);

CREATE TABLE referral_concerns (
    id UUID NOT NULL,
    referral_id UUID NOT NULL,
    place INTEGER NOT NULL,
    concern TEXT NOT NULL,
    label TEXT NOT NULL,
    source TEXT NOT NULL,
    score DOUBLE PRECISION,
    evidence BYTEA,
    CONSTRAINT pk_referral_concerns PRIMARY KEY (id),
    CONSTRAINT uq_referral_concerns_referral_id_concern_source UNIQUE (referral_id, concern, source),
    CONSTRAINT fk_referral_concerns_referral_id FOREIGN KEY(referral_id) REFERENCES referrals (id) ON DELETE CASCADE,
    CONSTRAINT ck_referral_concerns_source CHECK (source IN ('reporter', 'system', 'staff'))
);
CREATE INDEX ix_referral_concerns_concern ON referral_concerns (concern, referral_id);

CREATE TABLE referral_sources (
    referral_id UUID NOT NULL,
    slot TEXT NOT NULL,
    message_hash BYTEA NOT NULL,
    taken_back BOOLEAN DEFAULT 'false' NOT NULL,
    CONSTRAINT pk_referral_sources PRIMARY KEY (referral_id, slot, message_hash),
    CONSTRAINT fk_referral_sources_referral_id FOREIGN KEY(referral_id) REFERENCES referrals (id) ON DELETE CASCADE
);
CREATE INDEX ix_referral_sources_message_hash ON referral_sources (message_hash);

CREATE TABLE reporters (
    referral_id UUID NOT NULL,
    person_id UUID,
    reporter_type TEXT NOT NULL,
    anonymity TEXT DEFAULT 'anonymous' NOT NULL,
    name BYTEA,
    phone BYTEA,
    contact_pref TEXT DEFAULT 'none' NOT NULL,
    ok_times BYTEA,
    disclose_to_subject BOOLEAN DEFAULT 'false' NOT NULL,
    wants_feedback TEXT DEFAULT 'none' NOT NULL,
    willing_roles TEXT[] DEFAULT '{}' NOT NULL,
    CONSTRAINT pk_reporters PRIMARY KEY (referral_id),
    CONSTRAINT fk_reporters_referral_id FOREIGN KEY(referral_id) REFERENCES referrals (id) ON DELETE CASCADE,
    CONSTRAINT fk_reporters_person_id FOREIGN KEY(person_id) REFERENCES people (id) ON DELETE SET NULL,
    CONSTRAINT ck_reporters_reporter_type CHECK (reporter_type IN ('self', 'family', 'neighbour', 'commissioner', 'child_commissioner', 'association', 'work', 'school', 'medical', 'agency', 'other', 'unanswered')),
    CONSTRAINT ck_reporters_anonymity CHECK (anonymity IN ('anonymous', 'staff_only', 'agency_ok')),
    CONSTRAINT ck_reporters_contact_pref CHECK (contact_pref IN ('line', 'phone', 'mail', 'none')),
    CONSTRAINT ck_reporters_wants_feedback CHECK (wants_feedback IN ('receipt', 'progress', 'none')),
    CONSTRAINT ck_reporters_willing_roles CHECK (willing_roles <@ ARRAY['watch', 'greet', 'accompany', 'inform', 'none']::text[])
);
CREATE INDEX ix_reporters_person_id ON reporters (person_id);

CREATE TABLE status_changes (
    id UUID NOT NULL,
    referral_id UUID NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    by UUID,
    role TEXT NOT NULL,
    before TEXT,
    after TEXT NOT NULL,
    reason BYTEA,
    CONSTRAINT pk_status_changes PRIMARY KEY (id),
    CONSTRAINT fk_status_changes_referral_id FOREIGN KEY(referral_id) REFERENCES referrals (id) ON DELETE CASCADE,
    CONSTRAINT fk_status_changes_by FOREIGN KEY(by) REFERENCES staff (id),
    CONSTRAINT ck_status_changes_role CHECK (role IN ('administrator', 'triage', 'agency', 'system')),
    CONSTRAINT ck_status_changes_before CHECK (before IN ('draft', 'submitted', 'triage', 'assigned', 'offered', 'accepted', 'declined', 'in_progress', 'on_hold', 'completed', 'cancelled', 'entered_in_error', 'reopened')),
    CONSTRAINT ck_status_changes_after CHECK (after IN ('draft', 'submitted', 'triage', 'assigned', 'offered', 'accepted', 'declined', 'in_progress', 'on_hold', 'completed', 'cancelled', 'entered_in_error', 'reopened'))
);
CREATE INDEX ix_status_changes_referral_id ON status_changes (referral_id);

CREATE TABLE suggestion_log (
    id UUID NOT NULL,
    referral_id UUID NOT NULL,
    place INTEGER NOT NULL,
    agency_id TEXT NOT NULL,
    agency_name TEXT NOT NULL,
    concerns TEXT[] DEFAULT '{}' NOT NULL,
    score DOUBLE PRECISION,
    open_now BOOLEAN,
    version TEXT NOT NULL,
    adopted BOOLEAN,
    decided_by UUID,
    reason BYTEA,
    CONSTRAINT pk_suggestion_log PRIMARY KEY (id),
    CONSTRAINT fk_suggestion_log_referral_id FOREIGN KEY(referral_id) REFERENCES referrals (id) ON DELETE CASCADE,
    CONSTRAINT fk_suggestion_log_decided_by FOREIGN KEY(decided_by) REFERENCES staff (id)
);
CREATE INDEX ix_suggestion_log_referral_id ON suggestion_log (referral_id);

-- The audit log is append-only: rows are added, never changed. The chain of codes finds what gets past this.
INSERT INTO audit_head (id, seq, code, seal) VALUES (1, 0, '', '');

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = 'the audit log is append-only';
END
$$;
CREATE TRIGGER audit_rows_stay BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_stays BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_head_stays BEFORE DELETE OR TRUNCATE ON audit_head
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
