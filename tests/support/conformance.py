"""What is known of HubSpot's behaviour, and the test that shows the portal to share it.

The table in `docs/sandbox.md` is made of this; `test_conformance.py` looks each test up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Source = Literal["documented", "recorded", "measured", "unknown"]


@dataclass(frozen=True, slots=True)
class Line:
    """One behaviour."""

    behaviour: str
    source: Source
    """HubSpot's pages, recorded answers, somebody's measurement; or nobody knows: both answers."""
    test: str
    """File and function below `tests/`."""


def _lines(file: str, *rows: tuple[str, Source, str]) -> tuple[Line, ...]:
    return tuple(Line(what, source, f"{file}::{test}") for what, source, test in rows)


BEHAVIOURS = (
    *_lines(
        "sandbox/test_portal.py",
        (
            "Results of a batch are shuffled",
            "recorded",
            "test_results_of_a_batch_come_in_another_order",
        ),
        (
            "A taken address fails the whole batch with 409 and names the record",
            "measured",
            "test_a_taken_address_costs_the_batch_and_names_its_owner",
        ),
        (
            "Trace ids turn a 400 of the batch into 207 with an error of the row",
            "documented",
            "test_with_trace_ids_a_bad_row_costs_itself",
        ),
        (
            "Without trace ids one bad row rejects the batch",
            "documented",
            "test_without_trace_ids_a_bad_row_costs_the_batch",
        ),
        (
            "A lifecycle stage never goes back, silently",
            "documented",
            "test_a_lifecycle_stage_goes_forward_and_silently_not_back",
        ),
        (
            "A date in milliseconds must be midnight UTC",
            "measured",
            "test_a_date_in_milliseconds_must_be_midnight",
        ),
        (
            "A cleared value reads as the empty text",
            "recorded",
            "test_a_cleared_value_is_the_empty_text",
        ),
        (
            "A value never set reads as null",
            "recorded",
            "test_values_are_text_and_what_was_never_set_is_null",
        ),
        (
            "Re-creating an archived contact's address gives a new id",
            "recorded",
            "test_an_archived_contact_s_address_is_free_at_once",
        ),
        (
            "A page names the id of the next record",
            "documented",
            "test_a_list_pages_by_the_id_of_the_next_record",
        ),
        (
            "A batch takes 100 inputs, and each id once",
            "documented",
            "test_a_batch_takes_a_hundred_rows_and_each_id_once",
        ),
        (
            "At most ten properties of a type are unique",
            "documented",
            "test_an_object_type_has_at_most_ten_unique_properties",
        ),
    ),
    *_lines(
        "sandbox/test_search.py",
        (
            "The search index lags behind writes",
            "recorded",
            "test_a_new_record_is_found_once_the_index_has_caught_up",
        ),
        (
            "Hits are shown as they are now, and may not match their filter",
            "recorded",
            "test_a_changed_record_is_found_by_its_old_value_and_shown_as_it_is",
        ),
        (
            "`total` counts archived records that are not shown",
            "recorded",
            "test_an_archived_record_still_counts_and_is_not_shown",
        ),
        (
            "200 results a page, 10,000 in all, 18 filters, 3,000 characters",
            "documented",
            "test_what_a_search_may_not_ask_is_a_400",
        ),
    ),
    *_lines(
        "sandbox/test_limits.py",
        (
            "Ten rolling seconds for each app",
            "documented",
            "test_ten_rolling_seconds_hold_the_burst_and_no_more",
        ),
        (
            "A daily budget of the account, until its midnight",
            "documented",
            "test_the_day_s_budget_ends_and_returns_at_midnight_where_the_account_is",
        ),
        (
            "Five searches a second for the account",
            "documented",
            "test_five_searches_a_second_pass_and_the_sixth_does_not_whoever_asks",
        ),
        (
            "Headers tell what remains; a search's tell the day only",
            "recorded",
            "test_answers_tell_what_remains_and_searches_tell_the_day_only",
        ),
        (
            "Associations have a limit of their own",
            "documented",
            "test_associations_are_counted_on_their_own",
        ),
    ),
    *_lines(
        "sandbox/test_behaviour.py",
        (
            "A secondary address finds its contact in an upsert",
            "measured",
            "test_a_second_address_leads_to_its_contact",
        ),
        (
            "A merge gives a new id, and old ids lead to it",
            "documented",
            "test_a_merged_record_has_a_new_id_or_the_primary_s",
        ),
        (
            "Merged ids work in single updates, not in batches",
            "documented",
            "test_merged_ids_work_in_single_updates_and_not_in_batches",
        ),
        (
            "A new record's modified date moves by itself",
            "recorded",
            "test_a_new_record_s_modified_date_moves_by_itself",
        ),
        (
            "A conflict with trace ids fails batch or row",
            "unknown",
            "test_a_taken_address_fails_the_batch_or_its_row",
        ),
        (
            "Results carry trace ids, or errors alone",
            "unknown",
            "test_results_carry_trace_ids_or_do_not",
        ),
        (
            "Records without associations are left out, or errors",
            "unknown",
            "test_a_record_without_associations_is_left_out_or_an_error",
        ),
        (
            "A new pipeline and its stages have the ids asked for, or HubSpot's own",
            "unknown",
            "test_a_new_pipeline_has_the_ids_asked_for_or_others",
        ),
        (
            "Addresses are stored in lower case, or kept",
            "unknown",
            "test_addresses_are_lowered_or_kept_and_one_either_way",
        ),
        (
            "What an administrator requires is enforced since 2026-09",
            "documented",
            "test_what_an_administrator_requires_is_enforced_since_2026_09",
        ),
    ),
    *_lines(
        "contract/test_labels.py",
        (
            "Archiving associations answers 204 in v4 and 200 since 2026-03",
            "documented",
            "test_v4_answers_an_archive_with_204_and_the_dated_version_with_200",
        ),
        (
            "2,000 associations are made, 1,000 read, 100 archived at once",
            "documented",
            "test_each_batch_has_its_limit",
        ),
    ),
    *_lines(
        "contract/test_webhooks.py",
        (
            "Webhooks come in arrays of at most 100",
            "documented",
            "test_events_come_in_arrays_of_a_hundred_at_most",
        ),
        (
            "Webhooks come twice and out of order",
            "documented",
            "test_duplicates_and_disorder_on_demand",
        ),
        (
            "An association is told on both sides",
            "documented",
            "test_an_association_is_told_on_both_sides",
        ),
        (
            "Deliveries are signed, in three versions",
            "documented",
            "test_signatures_are_those_that_hubspots_client_checks",
        ),
        (
            "A failed delivery comes again, ten times",
            "documented",
            "test_a_failed_delivery_comes_again_up_to_ten_times_within_a_day_or_two",
        ),
    ),
    *_lines(
        "sandbox/test_faults.py",
        (
            "Unknown routes and wrong methods are pages",
            "measured",
            "test_unknown_routes_and_methods_are_pages",
        ),
        (
            "401, 403, 423, 429, 477 and 5xx on demand",
            "documented",
            "test_a_refusal_has_hubspots_envelope",
        ),
    ),
)

ERRORS = (
    *_lines(
        "sandbox/test_portal.py",
        (
            "400 PROPERTY_DOESNT_EXIST, INVALID_EMAIL, INVALID_DATE, INVALID_OPTION, number, stage",
            "measured",
            "test_a_value_that_hubspot_would_refuse_is_refused_in_its_words",
        ),
        (
            "400 CONFLICTING_UNIQUE_VALUE",
            "measured",
            "test_unique_values_are_enforced_with_400",
        ),
        (
            "400 upsert by a property that is not unique",
            "measured",
            "test_records_are_upserted_by_unique_properties_only",
        ),
        (
            "400 unknown object type, without category",
            "measured",
            "test_an_unknown_type_is_a_400_without_category",
        ),
        (
            "401 INVALID_AUTHENTICATION",
            "measured",
            "test_without_the_token_nothing_is_told",
        ),
        (
            "404 page of an unknown path",
            "measured",
            "test_a_path_that_does_not_exist_is_a_page",
        ),
        (
            "207 OBJECT_NOT_FOUND of a batch read",
            "measured",
            "test_records_that_do_not_exist_are_errors_of_a_batch_read",
        ),
        (
            "409 CONFLICT, Existing ID",
            "measured",
            "test_a_taken_address_costs_the_batch_and_names_its_owner",
        ),
    ),
    *_lines(
        "sandbox/test_behaviour.py",
        (
            "400 of a validation rule, INVALID_ALPHA and others",
            "documented",
            "test_an_administrator_s_rules_hold",
        ),
    ),
    *_lines(
        "contract/test_records.py",
        (
            "400 READ_ONLY_VALUE",
            "unknown",
            "test_a_refusal_has_hubspots_shape",
        ),
    ),
    *_lines(
        "sandbox/test_faults.py",
        (
            "400 of bad JSON, without category",
            "recorded",
            "test_bad_json_is_a_400_without_category",
        ),
        (
            "401 EXPIRED_AUTHENTICATION",
            "documented",
            "test_an_expired_token_is_told_from_a_wrong_one",
        ),
        (
            "423 locked",
            "documented",
            "test_a_refusal_has_hubspots_envelope",
        ),
        (
            "429 of the ten seconds, of the second, of the day",
            "recorded",
            "test_each_limit_has_its_sentence",
        ),
        (
            "477 with Retry-After in seconds",
            "documented",
            "test_a_migration_says_how_long",
        ),
        (
            "500, 502, 503, 504, 521, 523, 524 as pages",
            "documented",
            "test_a_server_s_trouble_is_a_page",
        ),
    ),
    *_lines(
        "contract/test_oauth.py",
        (
            "403 MISSING_SCOPES names the scopes",
            "documented",
            "test_without_its_scope_a_call_is_a_403_that_names_it",
        ),
        (
            "400 of the token endpoint, BAD_REFRESH_TOKEN and others",
            "measured",
            "test_each_mistake_has_its_status",
        ),
    ),
    *_lines(
        "contract/test_settings.py",
        (
            "400 PipelineError.STAGE_ID_IN_USE",
            "documented",
            "test_a_stage_in_use_is_not_deleted",
        ),
    ),
    *_lines(
        "client/test_responses.py",
        (
            "What the client does about each status and body",
            "documented",
            "test_a_response_has_one_thing_to_do_about_it",
        ),
    ),
)

DIVERGENCES = {
    "Calculated properties are kept and read-only, but never computed.": (
        "test_divergence_calculated_properties_are_not_computed"
    ),
    "The association paths of v3, which had other shapes, are absent.": (
        "test_divergence_the_older_association_paths_are_absent"
    ),
    "Companies are not made from the domains of contacts' addresses.": (
        "test_divergence_companies_are_not_made_from_addresses"
    ),
    "An import is done when it is answered; it cannot be cancelled.": (
        "test_divergence_an_import_is_done_when_it_is_answered"
    ),
    "Exports and timeline events of apps are absent.": (
        "test_divergence_exports_and_timeline_events_are_absent"
    ),
}
"""What the portal does not do as HubSpot does, and the test that expects it."""
