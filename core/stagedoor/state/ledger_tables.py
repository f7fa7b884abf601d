"""The tables of the ledger: what was agreed with HubSpot, and what else outbound runs keep."""

from __future__ import annotations

LEDGER = """
CREATE SCHEMA IF NOT EXISTS replica;
CREATE SCHEMA IF NOT EXISTS ledger;
CREATE TABLE IF NOT EXISTS ledger.facts (name VARCHAR, value VARCHAR);
CREATE TABLE IF NOT EXISTS ledger.objects (
    object_type VARCHAR NOT NULL,
    key VARCHAR NOT NULL,
    hubspot_id VARCHAR NOT NULL,
    match_value VARCHAR NOT NULL,
    properties VARCHAR NOT NULL,  -- JSON object, canonical text or null
    source_hash VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL
);
-- JSON object: the run that agreed on a property, and by an empty name the one that made the row
ALTER TABLE ledger.objects ADD COLUMN IF NOT EXISTS origins VARCHAR;
CREATE TABLE IF NOT EXISTS ledger.associations (
    name VARCHAR NOT NULL,
    from_key VARCHAR NOT NULL,
    to_key VARCHAR NOT NULL,
    from_id VARCHAR NOT NULL,
    to_id VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL
);
-- associations that were sent and of which nothing has been heard: HubSpot may have them
CREATE TABLE IF NOT EXISTS ledger.pairs_in_flight (
    name VARCHAR NOT NULL,
    from_key VARCHAR NOT NULL,
    to_key VARCHAR NOT NULL
);
CREATE TABLE IF NOT EXISTS ledger.labels (
    name VARCHAR NOT NULL,
    from_key VARCHAR NOT NULL,
    to_key VARCHAR NOT NULL,
    from_id VARCHAR NOT NULL,
    to_id VARCHAR NOT NULL,
    standing VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL
);
CREATE TABLE IF NOT EXISTS ledger.refused (
    object_type VARCHAR NOT NULL,
    key VARCHAR NOT NULL,
    source_hash VARCHAR NOT NULL
);
CREATE TABLE IF NOT EXISTS ledger.erased_orders (order_id VARCHAR NOT NULL);
CREATE TABLE IF NOT EXISTS ledger.touched (stream VARCHAR NOT NULL, row_key VARCHAR NOT NULL);
CREATE SCHEMA IF NOT EXISTS sightings;
CREATE TABLE IF NOT EXISTS sightings.keys (stream VARCHAR NOT NULL, names VARCHAR[] NOT NULL);
CREATE TABLE IF NOT EXISTS sightings.missing (
    stream VARCHAR NOT NULL,
    row_key VARCHAR NOT NULL,
    times INTEGER NOT NULL,  -- full reads in a row without it
    confirmed BOOLEAN NOT NULL  -- a push has taken it for deleted
);
CREATE TABLE IF NOT EXISTS sightings.versions (stream VARCHAR NOT NULL, version VARCHAR NOT NULL);
CREATE TABLE IF NOT EXISTS ledger.calculated (
    object_type VARCHAR NOT NULL,
    calculator VARCHAR NOT NULL,
    key VARCHAR NOT NULL,
    input_hash VARCHAR NOT NULL,
    value VARCHAR
);
CREATE TABLE IF NOT EXISTS ledger.lists (
    key VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    list_id VARCHAR,  -- null from before the list is made until HubSpot has said its id
    filters VARCHAR,  -- JSON; null for static lists
    run_id VARCHAR NOT NULL
);
CREATE TABLE IF NOT EXISTS ledger.memberships (
    list VARCHAR NOT NULL,
    hubspot_id VARCHAR NOT NULL,
    refused BOOLEAN NOT NULL,  -- whether HubSpot did not take it: not tried again
    run_id VARCHAR NOT NULL
);
CREATE TABLE IF NOT EXISTS ledger.members_in_flight (  -- put on a list, and not answered yet
    list VARCHAR NOT NULL,
    hubspot_id VARCHAR NOT NULL
);
CREATE TABLE IF NOT EXISTS ledger.participations (
    event_id VARCHAR NOT NULL,
    contact_id VARCHAR NOT NULL,
    attendance VARCHAR NOT NULL,
    happened_at BIGINT NOT NULL,  -- milliseconds since 1970
    refused BOOLEAN NOT NULL,
    run_id VARCHAR NOT NULL
);
CREATE TABLE IF NOT EXISTS ledger.occurrences (
    event VARCHAR NOT NULL,
    key VARCHAR NOT NULL,
    refused BOOLEAN NOT NULL,
    run_id VARCHAR NOT NULL
);
"""
