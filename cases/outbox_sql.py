"""The statements of `cases.outbox` that run for every message."""

from typing import LiteralString

# An answer takes the place of one that waits for the end of a flood: whoever stops hears the last question only.
PUT = """
    WITH replaced AS (
        DELETE FROM outbox
        WHERE person_id = %(person_id)s AND state = 'waiting' AND settles AND attempts = 0
          AND %(inbound_id)s::uuid IS NOT NULL
    ), carried AS (
        UPDATE outbox SET carrier_id = %(id)s
        WHERE person_id = %(person_id)s AND state = 'joined' AND carrier_id IS NULL
    )
    INSERT INTO outbox (
        id, person_id, inbound_id, referral_id, road, retry_key, messages, reply_token, token_received_at, created_at,
        settles, not_before
    ) VALUES (
        %(id)s, %(person_id)s, %(inbound_id)s, %(referral_id)s, %(road)s, %(retry_key)s, %(messages)s, %(reply_token)s,
        %(token_received_at)s, %(created_at)s, %(not_before)s::timestamptz IS NOT NULL, %(not_before)s
    )
"""

# Walks from the oldest open row to the first of each next person, passing by the people somebody is busy with, and
# takes what nobody has locked. A row that was taken or finished since it was read is not ready any more when its lock
# comes, and is left out. What settles while its person floods stands in nobody's way. One statement: who reads a row as
# ready and who takes it cannot be two.
CLAIM = """
    WITH RECURSIVE busy AS (
        SELECT person_id FROM outbox
        WHERE state IN ('waiting', 'sending') AND NOT (settles AND attempts = 0)
          AND CASE state WHEN 'waiting' THEN not_before > %(now)s::timestamptz ELSE claimed_until > now() END
    ), heads AS (
        (
            SELECT seq, id, ARRAY[person_id] AS passed FROM outbox
            WHERE state IN ('waiting', 'sending') AND person_id NOT IN (SELECT person_id FROM busy)
              AND NOT (settles AND attempts = 0 AND coalesce(not_before > %(now)s::timestamptz, false))
            ORDER BY seq LIMIT 1
        )
        UNION ALL
        SELECT next.seq, next.id, passed || next.person_id
        FROM heads CROSS JOIN LATERAL (
            SELECT seq, id, person_id FROM outbox AS line
            WHERE state IN ('waiting', 'sending') AND line.seq > heads.seq
              AND line.person_id <> ALL (passed) AND line.person_id NOT IN (SELECT person_id FROM busy)
              AND NOT (settles AND attempts = 0 AND coalesce(not_before > %(now)s::timestamptz, false))
            ORDER BY seq LIMIT 1
        ) AS next
        WHERE cardinality(passed) < %(walk)s
    ), taken AS (
        SELECT id FROM outbox
        WHERE id IN (SELECT id FROM heads)
          AND state IN ('waiting', 'sending')
          AND CASE state
              WHEN 'waiting' THEN coalesce(not_before <= %(now)s::timestamptz, true) ELSE claimed_until <= now()
          END
        ORDER BY seq
        LIMIT %(limit)s
        FOR UPDATE SKIP LOCKED
    )
    UPDATE outbox
    SET state = CASE
            WHEN reachable THEN 'sending' WHEN unsure OR state = 'sending' THEN 'unknown' ELSE 'cancelled'
        END,
        claims = claims + 1,
        road = CASE
            WHEN NOT unsure AND state = 'waiting'
                AND coalesce(token_received_at, '-infinity') < coalesce(%(fresh_after)s::timestamptz, '-infinity')
            THEN 'push' ELSE road
        END,
        attempts = attempts + CASE WHEN reachable THEN 1 ELSE 0 END,
        unsure = unsure OR state = 'sending',
        attempted_at = CASE WHEN unsure OR state = 'sending' THEN attempted_at ELSE %(now)s::timestamptz END,
        claimed_until = CASE WHEN reachable THEN now() + %(lease)s::interval END,
        finished_at = CASE WHEN NOT reachable THEN %(now)s::timestamptz END,
        messages = CASE WHEN reachable THEN messages END,
        reply_token = CASE WHEN reachable THEN reply_token END
    FROM taken, people
    WHERE outbox.id = taken.id AND people.id = outbox.person_id
    RETURNING outbox.id, seq, person_id, state, road, retry_key, messages, reply_token, token_received_at,
        attempts, claims, unsure, attempted_at
"""

_IN_HAND = """
    WHERE id = %(id)s AND state = 'sending' AND claims = %(claim)s
    RETURNING person_id, EXISTS (
        SELECT FROM outbox AS joined WHERE joined.person_id = outbox.person_id AND joined.state = 'joined'
    ) AS carries
"""
MARK: LiteralString = (
    """
    UPDATE outbox
    SET state = %(state)s,
        finished_at = CASE WHEN %(retry_at)s::timestamptz IS NULL THEN %(now)s::timestamptz END,
        messages = CASE WHEN %(retry_at)s::timestamptz IS NOT NULL THEN messages END,
        reply_token = CASE WHEN %(retry_at)s::timestamptz IS NOT NULL THEN reply_token END,
        not_before = coalesce(%(retry_at)s::timestamptz, not_before),
        unsure = unsure OR (%(is_unsure)s AND %(retry_at)s::timestamptz IS NOT NULL),
        claimed_until = NULL,
        road = coalesce(%(road)s, road),
        detail = %(detail)s
"""  # noqa: S608 - our own words, joined to our own words
    + _IN_HAND
)
GIVE_BACK: LiteralString = (
    """
    UPDATE outbox SET state = 'waiting', attempts = attempts - 1, claimed_until = NULL, not_before = NULL
"""  # noqa: S608 - as above
    + _IN_HAND
)
HOLD: LiteralString = (
    """
    UPDATE outbox
    SET state = 'held', road = 'push', claimed_until = NULL, not_before = NULL, reply_token = NULL, detail = %(detail)s
"""  # noqa: S608 - our own words, joined to our own words
    + _IN_HAND
)

SHARE_ENDS = """
    UPDATE outbox AS joined SET state = carrier.state, finished_at = carrier.finished_at
    FROM outbox AS carrier
    WHERE joined.person_id = ANY (%(people)s) AND joined.state = 'joined' AND carrier.id = joined.carrier_id
      AND carrier.state IN ('sent', 'not_sent', 'unknown', 'cancelled')
"""
