"""Durable state of one portal: the replica of the platform and the ledger of what was agreed."""
