"""The tables of inbound runs: what was seen of HubSpot, and what our own writes were."""

from __future__ import annotations

INBOUND = """
CREATE SCHEMA IF NOT EXISTS inbound;
CREATE TABLE IF NOT EXISTS inbound.seen (  -- what was read of HubSpot and is not settled yet
    hubspot_type VARCHAR NOT NULL,
    hubspot_id VARCHAR NOT NULL,
    updated_at TIMESTAMP,  -- HubSpot's, as it was read
    archived BOOLEAN NOT NULL,
    properties VARCHAR NOT NULL,  -- JSON object, HubSpot's own values
    times VARCHAR NOT NULL,  -- JSON object, when each value was set
    arrived_at TIMESTAMP NOT NULL,
    parked VARCHAR  -- it waits for the platform to be read again: the run that read it last
);
CREATE TABLE IF NOT EXISTS inbound.settled (  -- up to where objects were taken over
    hubspot_type VARCHAR NOT NULL,
    hubspot_id VARCHAR NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    settled_at TIMESTAMP NOT NULL
);
CREATE TABLE IF NOT EXISTS inbound.merges (
    hubspot_type VARCHAR NOT NULL,
    merged_id VARCHAR NOT NULL,
    winner_id VARCHAR NOT NULL,
    followed BOOLEAN NOT NULL  -- kept all the same: who merged into a merged one is found by it
);
ALTER TABLE inbound.merges ADD COLUMN IF NOT EXISTS merged_at TIMESTAMP;
CREATE TABLE IF NOT EXISTS inbound.deletions (
    hubspot_type VARCHAR NOT NULL,
    hubspot_id VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,  -- archived or privacy
    deleted_at TIMESTAMP
);
CREATE TABLE IF NOT EXISTS inbound.sent (  -- our own writes to HubSpot that a late read may lack
    object_type VARCHAR NOT NULL,
    key VARCHAR NOT NULL,
    names VARCHAR[] NOT NULL,  -- properties
    sent_at TIMESTAMP NOT NULL  -- HubSpot's own time of the write
);
ALTER TABLE inbound.sent ADD COLUMN IF NOT EXISTS edited VARCHAR;  -- JSON object, HubSpot's edits
CREATE TABLE IF NOT EXISTS inbound.sending (  -- our own writes to HubSpot, not answered yet
    object_type VARCHAR NOT NULL,
    key VARCHAR NOT NULL,
    match_value VARCHAR NOT NULL,
    properties VARCHAR NOT NULL  -- JSON object: a list with the value, or without any
);
CREATE TABLE IF NOT EXISTS inbound.made_anew (  -- records that were never heard of, and are gone
    object_type VARCHAR NOT NULL,
    key VARCHAR NOT NULL,
    match_value VARCHAR NOT NULL,  -- by which one was sent
    made_at TIMESTAMP NOT NULL  -- HubSpot's own time of the record that took its place
);
CREATE TABLE IF NOT EXISTS inbound.writing (  -- our own writes to the platform, not settled yet
    object_type VARCHAR NOT NULL,
    key VARCHAR NOT NULL,
    property VARCHAR NOT NULL,
    theirs VARCHAR,  -- what HubSpot held
    stream VARCHAR NOT NULL,
    row_key VARCHAR NOT NULL,
    field VARCHAR NOT NULL,
    value VARCHAR,  -- as text
    made_of VARCHAR,  -- HubSpot id of the record that the row is made of, where it is a new one
    match_value VARCHAR
);
ALTER TABLE inbound.writing ADD COLUMN IF NOT EXISTS before VARCHAR;  -- what is replaced, as text
CREATE TABLE IF NOT EXISTS inbound.written (  -- our own writes to the platform, likewise
    stream VARCHAR NOT NULL,
    row_key VARCHAR NOT NULL,
    field VARCHAR NOT NULL,
    before VARCHAR,  -- as text
    after VARCHAR,
    row_at TIMESTAMP,  -- when the row had changed last, where known
    written_at TIMESTAMP NOT NULL
);
CREATE TABLE IF NOT EXISTS inbound.overtaken (  -- rows that were edited since they were read
    stream VARCHAR NOT NULL,
    row_key VARCHAR NOT NULL,
    row_at TIMESTAMP  -- when the row had changed last, as it was read
);
CREATE TABLE IF NOT EXISTS inbound.held (  -- objects that outbound runs leave alone
    object_type VARCHAR NOT NULL,
    key VARCHAR NOT NULL,
    hubspot_id VARCHAR NOT NULL,
    match_value VARCHAR NOT NULL,
    properties VARCHAR NOT NULL,  -- as in ledger.objects
    reason VARCHAR NOT NULL,  -- archived, privacy or merged
    run_id VARCHAR NOT NULL
);
"""
