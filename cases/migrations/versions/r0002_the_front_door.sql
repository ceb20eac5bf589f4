-- The front door. The same tables are mapped in cases/people.py, outbox.py, inbound.py, forms.py, photos.py, channel.py
-- and passed_on.py; a test holds the two equal.

-- `reply_only`: nobody, or a group, who is replied to once. How fast a person writes: the acts since `burst_since`, the
-- newest one, and whether 少しお待ちください was said.
ALTER TABLE people
    ADD COLUMN reply_only BOOLEAN DEFAULT 'false' NOT NULL,
    ADD COLUMN burst_since TIMESTAMP WITH TIME ZONE,
    ADD COLUMN burst_at TIMESTAMP WITH TIME ZONE,
    ADD COLUMN burst_count INTEGER DEFAULT '0' NOT NULL,
    ADD COLUMN burst_told BOOLEAN DEFAULT 'false' NOT NULL;
CREATE INDEX ix_people_reply_only ON people (first_seen_at) WHERE reply_only;

-- `settles`: an answer that waits for a flood to end, and gives way to a newer one. `held`: the month's pushes are used
-- up, so it waits for the person's next reply token. `joined`: it went into the answer to that token, its `carrier_id`,
-- and shares its end. `referral_id`: what the message is about, for staff. `claims`: the number of the newest claim.
ALTER TABLE outbox
    ADD COLUMN settles BOOLEAN DEFAULT 'false' NOT NULL,
    ADD COLUMN referral_id UUID,
    ADD COLUMN carrier_id UUID,
    ADD COLUMN claims INTEGER DEFAULT '0' NOT NULL,
    ADD CONSTRAINT fk_outbox_referral_id FOREIGN KEY(referral_id) REFERENCES referrals (id) ON DELETE SET NULL,
    DROP CONSTRAINT ck_outbox_state,
    ADD CONSTRAINT ck_outbox_state
        CHECK (state IN ('waiting', 'sending', 'held', 'joined', 'sent', 'not_sent', 'unknown', 'cancelled'));
CREATE INDEX ix_outbox_held ON outbox (person_id, seq) WHERE state IN ('held', 'joined');
CREATE INDEX ix_outbox_referral_id ON outbox (referral_id, seq) WHERE referral_id IS NOT NULL;
-- Who goes takes their answers with them.
CREATE INDEX ix_outbox_person_id ON outbox (person_id);
-- Rows lie in the order of their times: a block index of a few pages finds what is to be counted or purged.
CREATE INDEX ix_outbox_created_at ON outbox USING brin (created_at);
CREATE INDEX ix_inbound_received_at ON inbound USING brin (received_at);
CREATE INDEX ix_inbound_parked ON inbound (received_at) WHERE state = 'parked';

-- What LINE says of our account, as the workers last heard it. One row.
CREATE TABLE channel (
    id INTEGER NOT NULL,
    token_mark TEXT,
    bot_user_id TEXT,
    chat_mode TEXT,
    quota INTEGER,
    used INTEGER,
    quota_read_at TIMESTAMP WITH TIME ZONE,
    refused_since TIMESTAMP WITH TIME ZONE,
    forbidden_since TIMESTAMP WITH TIME ZONE,
    probe_at TIMESTAMP WITH TIME ZONE,
    used_up_since TIMESTAMP WITH TIME ZONE,
    standby_at TIMESTAMP WITH TIME ZONE,
    suspended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_channel PRIMARY KEY (id),
    CONSTRAINT ck_channel_one_row CHECK (id = 1)
);
INSERT INTO channel (id) VALUES (1);

-- The secure form: one link, for one person, once.
CREATE TABLE forms (
    id UUID NOT NULL,
    person_id UUID NOT NULL,
    token_hash BYTEA NOT NULL,
    browser_hash BYTEA,
    issued_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    consent_version TEXT,
    consented_at TIMESTAMP WITH TIME ZONE,
    fields BYTEA,
    saved_at TIMESTAMP WITH TIME ZONE,
    revision INTEGER DEFAULT '0' NOT NULL,
    confirmed_at TIMESTAMP WITH TIME ZONE,
    left_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_forms PRIMARY KEY (id),
    CONSTRAINT uq_forms_token_hash UNIQUE (token_hash),
    CONSTRAINT ck_forms_consent_has_version CHECK ((consented_at IS NULL) = (consent_version IS NULL)),
    CONSTRAINT fk_forms_person_id FOREIGN KEY(person_id) REFERENCES people (id) ON DELETE CASCADE
);
CREATE INDEX ix_forms_expires_at ON forms (expires_at);
CREATE INDEX ix_forms_person_id ON forms (person_id);

CREATE TABLE photos (
    id UUID NOT NULL,
    person_id UUID NOT NULL,
    form_id UUID,
    referral_id UUID,
    place INTEGER NOT NULL,
    image BYTEA,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    added_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_photos PRIMARY KEY (id),
    CONSTRAINT fk_photos_person_id FOREIGN KEY(person_id) REFERENCES people (id) ON DELETE CASCADE,
    CONSTRAINT fk_photos_form_id FOREIGN KEY(form_id) REFERENCES forms (id) ON DELETE CASCADE,
    CONSTRAINT fk_photos_referral_id FOREIGN KEY(referral_id) REFERENCES referrals (id) ON DELETE CASCADE
);
CREATE INDEX ix_photos_drafts ON photos (added_at) WHERE referral_id IS NULL;
CREATE INDEX ix_photos_form_id ON photos (form_id) WHERE form_id IS NOT NULL;
CREATE INDEX ix_photos_person_id ON photos (person_id);
CREATE INDEX ix_photos_referral_id ON photos (referral_id, place);

-- Events of a shared account that another program answers.
CREATE TABLE passed_on (
    id UUID NOT NULL,
    seq BIGINT GENERATED ALWAYS AS IDENTITY,
    event BYTEA,
    message_hash BYTEA,
    state TEXT DEFAULT 'waiting' NOT NULL,
    attempts INTEGER DEFAULT '0' NOT NULL,
    not_before TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    finished_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_passed_on PRIMARY KEY (id),
    CONSTRAINT ck_passed_on_state CHECK (state IN ('waiting', 'passed', 'given_up'))
);
CREATE INDEX ix_passed_on_created_at ON passed_on USING brin (created_at);
CREATE INDEX ix_passed_on_message_hash ON passed_on (message_hash) WHERE state = 'waiting';
CREATE INDEX ix_passed_on_waiting ON passed_on (seq) WHERE state = 'waiting';
CREATE INDEX ix_passed_on_waiting_since ON passed_on (created_at) WHERE state = 'waiting';
