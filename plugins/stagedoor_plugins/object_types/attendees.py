"""Attendees: who is named on tickets and registrations, and what they answered."""

from __future__ import annotations

from stagedoor_plugins.addresses import normal_email


def first_name(name: str) -> str:
    """Return SQL for a name without its last word; a single word is a first name."""
    without_last = rf"nullif(regexp_replace(trim({name}), '\s*\S+$', ''), '')"
    return f"coalesce({without_last}, nullif(trim({name}), ''))"


def last_name(name: str) -> str:
    """Return SQL for the last word of a name that has several."""
    return rf"nullif(regexp_extract(trim({name}), '\s(\S+)$', 1), '')"


# Every address that a ticket or registration names, with the account where one is known.
WITH_ADDRESS = f"""
SELECT {normal_email("attendee_email")} AS address, attendee_customer_id AS customer_id,
    nullif(trim(attendee_name), '') AS name,
    coalesce(created_at, updated_at) AS named_at, order_ticket_id AS id
FROM order_tickets WHERE NOT coalesce(is_deleted, false)
UNION ALL
SELECT {normal_email("email")}, customer_id, NULL,
    coalesce(registered_at, created_at, updated_at), registration_id
FROM registrations WHERE NOT coalesce(is_deleted, false)
"""

# The same, where the mapping document lets attendees become contacts; otherwise nothing.
SWITCHED_ON = f"""
SELECT * FROM ({WITH_ADDRESS})
WHERE address IS NOT NULL AND (SELECT attendees FROM people_settings)
"""

# Per contact, the latest ticket that names the person by account or address.
ATTENDEE_OF_CONTACT = f"""
WITH named AS (
    SELECT CASE WHEN t.attendee_customer_id IS NOT NULL THEN a.key ELSE p.key END AS key,
        nullif(trim(t.attendee_name), '') AS name,
        {normal_email("t.attendee_email")} AS email, t.ticket_type,
        e.name AS event_name, e.starts_at AS event_starts_at, t.checked_in_at,
        coalesce(t.created_at, t.updated_at) AS named_at, t.order_ticket_id
    FROM order_tickets t
    LEFT JOIN accounts a ON a.customer_id = t.attendee_customer_id
    LEFT JOIN people p ON p.address = {normal_email("t.attendee_email")}
    LEFT JOIN events e ON e.event_id = t.event_id
    WHERE t.status = 'valid' AND NOT coalesce(t.is_deleted, false)
)
SELECT key, arg_max({{
    'name': name, 'first_name': {first_name("name")}, 'last_name': {last_name("name")},
    'email': email, 'ticket_type': ticket_type, 'event_name': event_name,
    'event_starts_at': event_starts_at, 'checked_in_at': checked_in_at
}}, (named_at, order_ticket_id)) AS value
FROM named WHERE key IS NOT NULL GROUP BY key
"""

# Per order, the person named on the valid ticket of the earliest event.
ATTENDEE_OF_ORDER = f"""
WITH named AS (
    SELECT 'order:' || t.order_id AS key, t.attendee_customer_id AS customer_id,
        coalesce(nullif(trim(t.attendee_name), ''),
                 nullif(trim(concat_ws(' ', c.first_name, c.last_name)), '')) AS name,
        c.first_name, c.last_name, c.phone,
        coalesce({normal_email("t.attendee_email")}, {normal_email("c.email")}) AS email,
        t.ticket_type, e.starts_at, t.order_ticket_id
    FROM order_tickets t
    LEFT JOIN customers c ON c.customer_id = t.attendee_customer_id
    LEFT JOIN events e ON e.event_id = t.event_id
    WHERE t.status = 'valid' AND NOT coalesce(t.is_deleted, false)
      -- Nothing is told of an erased or deleted account, whatever the ticket still says.
      AND NOT coalesce(c.is_deleted, false) AND NOT coalesce(c.is_anonymised, false)
)
SELECT key, arg_min({{
    'customer_id': customer_id, 'name': name,
    'first_name': coalesce(nullif(trim(first_name), ''), {first_name("name")}),
    'last_name': coalesce(nullif(trim(last_name), ''), {last_name("name")}),
    'email': email, 'phone': phone, 'ticket_type': ticket_type
}}, (starts_at, order_ticket_id)) AS value
FROM named WHERE name IS NOT NULL OR email IS NOT NULL GROUP BY key
"""


def latest_answers(registrations: str) -> str:
    """Return SQL for one JSON object per key: each question with its latest answer.

    `registrations` is a SELECT of `key`, `answers`, `named_at` and `id`. No answer (a JSON null)
    leaves an earlier one in force.
    """
    return f"""
    WITH answered AS (
        SELECT r.key, a.entry.key AS question, a.entry.value AS answer, r.named_at, r.id
        FROM ({registrations}) r,
            unnest(map_entries(TRY_CAST(TRY_CAST(r.answers AS JSON) AS MAP(VARCHAR, JSON))))
                AS a(entry)
        WHERE r.key IS NOT NULL AND json_type(a.entry.value) <> 'NULL'
    ), latest AS (
        SELECT key, question, arg_max(answer, (named_at, id)) AS answer FROM answered GROUP BY ALL
    )
    SELECT key, map_from_entries(list((question, answer) ORDER BY question))::JSON AS value
    FROM latest GROUP BY key
    """


ANSWERS_OF_CONTACT = latest_answers("""
    SELECT w.person AS key, r.answers,
        coalesce(r.registered_at, r.created_at, r.updated_at) AS named_at, r.registration_id AS id
    FROM registrations r JOIN registrants w ON w.registration_id = r.registration_id
""")

ANSWERS_OF_ORDER = latest_answers("""
    SELECT 'order:' || t.order_id AS key, r.answers,
        coalesce(r.registered_at, r.created_at, r.updated_at) AS named_at, r.registration_id AS id
    FROM registrations r JOIN order_tickets t ON t.order_ticket_id = r.order_ticket_id
    WHERE NOT coalesce(r.is_deleted, false) AND NOT coalesce(t.is_deleted, false)
""")
