/**
 * The venue's error codes and what each means for the request that got it. Only the code counts:
 * message texts carry limits and change. What is not listed is an unknown outcome for an order.
 */
import { HoldfastError } from '../../../facts/errors.ts';
import { isObject, type JsonObject, textOf } from './json.ts';

/**
 * `refused` nothing happened and trying again will not help · `busy` nothing happened, later may ·
 * `already_gone` the order is not open any more · `auth` the key or token was not accepted ·
 * `unknown_outcome` it may have reached the engine.
 */
export type ErrorClass = 'refused' | 'busy' | 'already_gone' | 'auth' | 'unknown_outcome';

// `busy_or_unknown` is busy for a query; an order request may have reached the engine.
type TableClass = ErrorClass | 'busy_or_unknown';

const table: readonly (readonly [code: number, name: string, meaning: TableClass])[] = [
  [-32700, 'Parse_error', 'refused'],
  [-32602, 'Invalid_params', 'refused'],
  [-32601, 'Method_not_found', 'refused'],
  [-32600, 'request_entity_too_large', 'refused'],
  [-32000, 'Missing_params', 'refused'],
  [10000, 'authorization_required', 'auth'],
  [10001, 'error', 'unknown_outcome'],
  [10002, 'qty_too_low', 'refused'],
  [10003, 'order_overlap', 'refused'],
  [10004, 'order_not_found', 'already_gone'],
  [10005, 'price_too_low', 'refused'],
  [10006, 'price_too_low4idx', 'refused'],
  [10007, 'price_too_high', 'refused'],
  [10009, 'not_enough_funds', 'refused'],
  [10010, 'already_closed', 'already_gone'],
  [10011, 'price_not_allowed', 'refused'],
  [10012, 'book_closed', 'refused'],
  [10013, 'pme_max_total_open_orders', 'refused'],
  [10014, 'pme_max_future_open_orders', 'refused'],
  [10015, 'pme_max_option_open_orders', 'refused'],
  [10016, 'pme_max_future_open_orders_size', 'refused'],
  [10017, 'pme_max_option_open_orders_size', 'refused'],
  [10018, 'non_pme_max_future_position_size', 'refused'],
  [10019, 'locked_by_admin', 'refused'],
  [10020, 'invalid_or_unsupported_instrument', 'refused'],
  [10021, 'invalid_amount', 'refused'],
  [10022, 'invalid_quantity', 'refused'],
  [10023, 'invalid_price', 'refused'],
  [10024, 'invalid_max_show', 'refused'],
  [10025, 'invalid_order_id', 'refused'],
  [10026, 'price_precision_exceeded', 'refused'],
  [10027, 'non_integer_contract_amount', 'refused'],
  [10028, 'too_many_requests', 'busy'],
  [10029, 'not_owner_of_order', 'refused'],
  [10030, 'must_be_websocket_request', 'refused'],
  [10031, 'invalid_args_for_instrument', 'refused'],
  [10032, 'whole_cost_too_low', 'refused'],
  [10033, 'not_implemented', 'refused'],
  [10034, 'trigger_price_too_high', 'refused'],
  [10035, 'trigger_price_too_low', 'refused'],
  [10036, 'invalid_max_show_amount', 'refused'],
  [10037, 'non_pme_total_short_options_positions_size', 'refused'],
  [10038, 'pme_max_risk_reducing_orders', 'refused'],
  [10039, 'not_enough_funds_in_currency', 'refused'],
  [10040, 'retry', 'busy_or_unknown'],
  [10041, 'settlement_in_progress', 'busy'],
  [10043, 'price_wrong_tick', 'refused'],
  [10044, 'trigger_price_wrong_tick', 'refused'],
  [10045, 'can_not_cancel_liquidation_order', 'refused'],
  [10046, 'can_not_edit_liquidation_order', 'refused'],
  [10047, 'matching_engine_queue_full', 'busy'],
  [10048, 'not_on_this_server', 'refused'],
  [10049, 'cancel_on_disconnect_failed', 'refused'],
  [10050, 'lock_time_exceeded', 'busy'],
  [10066, 'too_many_concurrent_requests', 'busy'],
  [10072, 'disabled_while_position_lock', 'refused'],
  [11008, 'already_filled', 'already_gone'],
  [11013, 'max_spot_open_orders', 'refused'],
  [11021, 'post_only_price_modification_not_possible', 'refused'],
  [11022, 'max_spot_order_quantity', 'refused'],
  [11029, 'invalid_arguments', 'refused'],
  [11030, 'other_reject', 'refused'],
  [11031, 'other_error', 'refused'],
  [11035, 'no_more_triggers', 'refused'],
  [11036, 'invalid_trigger_price', 'refused'],
  [11037, 'outdated_instrument_for_IV_order', 'refused'],
  [11038, 'no_adv_for_futures', 'refused'],
  [11039, 'no_adv_postonly', 'refused'],
  [11041, 'not_adv_order', 'refused'],
  [11042, 'permission_denied', 'refused'],
  [11043, 'bad_argument', 'refused'],
  [11044, 'not_open_order', 'already_gone'],
  [11045, 'invalid_event', 'refused'],
  [11046, 'outdated_instrument', 'refused'],
  [11047, 'unsupported_arg_combination', 'refused'],
  [11048, 'wrong_max_show_for_option', 'refused'],
  [11049, 'bad_arguments', 'refused'],
  [11050, 'bad_request', 'refused'],
  [11051, 'system_maintenance', 'busy'],
  [11052, 'subscribe_error_unsubscribed', 'refused'],
  [11053, 'transfer_not_found', 'refused'],
  [11054, 'post_only_reject', 'refused'],
  [11055, 'post_only_not_allowed', 'refused'],
  [11056, 'unauthenticated_public_requests_temporarily_disabled', 'refused'],
  [11090, 'invalid_addr', 'refused'],
  [11091, 'invalid_transfer_address', 'refused'],
  [11092, 'address_already_exist', 'refused'],
  [11093, 'max_addr_count_exceeded', 'refused'],
  [11094, 'internal_server_error', 'unknown_outcome'],
  [11095, 'disabled_deposit_address_creation', 'refused'],
  [11096, 'address_belongs_to_user', 'refused'],
  [11097, 'no_deposit_address', 'refused'],
  [11098, 'account_locked', 'refused'],
  [12001, 'too_many_subaccounts', 'refused'],
  [12002, 'wrong_subaccount_name', 'refused'],
  [12003, 'login_over_limit', 'refused'],
  [12004, 'registration_over_limit', 'refused'],
  [12005, 'country_is_banned', 'refused'],
  [12100, 'transfer_not_allowed', 'refused'],
  [12998, 'security_key_authorization_over_limit', 'refused'],
  [13004, 'invalid_credentials', 'auth'],
  [13005, 'pwd_match_error', 'refused'],
  [13006, 'security_error', 'refused'],
  [13007, 'user_not_found', 'refused'],
  [13008, 'request_failed', 'refused'],
  [13009, 'unauthorized', 'auth'],
  [13010, 'value_required', 'refused'],
  [13011, 'value_too_short', 'refused'],
  [13012, 'unavailable_in_subaccount', 'refused'],
  [13013, 'invalid_phone_number', 'refused'],
  [13014, 'cannot_send_sms', 'refused'],
  [13015, 'invalid_sms_code', 'refused'],
  [13016, 'invalid_input', 'refused'],
  [13018, 'invalid_content_type', 'refused'],
  [13019, 'orderbook_closed', 'refused'],
  [13020, 'not_found', 'refused'],
  [13021, 'forbidden', 'auth'],
  [13025, 'method_switched_off_by_admin', 'refused'],
  [13028, 'temporarily_unavailable', 'busy_or_unknown'],
  [13030, 'mmp_trigger', 'busy'],
  [13031, 'verification_required', 'refused'],
  [13032, 'non_unique_order_label', 'refused'],
  [13034, 'no_more_security_keys_allowed', 'refused'],
  [13035, 'active_combo_limit_reached', 'busy'],
  [13036, 'unavailable_for_combo_books', 'refused'],
  [13037, 'incomplete_KYC_data', 'refused'],
  [13040, 'mmp_required', 'refused'],
  [13042, 'cod_not_enabled', 'refused'],
  [13043, 'quotes_frozen', 'busy'],
  [13403, 'scope_exceeded', 'auth'],
  [13503, 'unavailable', 'refused'],
  [13666, 'request_cancelled_by_user', 'refused'],
  [13777, 'replaced', 'refused'],
  [13778, 'raw_subscriptions_not_available_for_unauthorized', 'refused'],
  [13780, 'move_positions_over_limit', 'refused'],
  [13781, 'coupon_already_used', 'refused'],
  [13791, 'KYC_transfer_already_initiated', 'refused'],
  [13792, 'incomplete_KYC_data', 'refused'],
  [13793, 'KYC_data_inaccessible', 'refused'],
  [13888, 'timed_out', 'busy'],
  [13901, 'no_more_oto_orders', 'refused'],
  [13902, 'mass_quotes_disabled', 'refused'],
  [13903, 'too_many_quotes', 'refused'],
  [13904, 'security_key_setup_required', 'refused'],
  [13905, 'too_many_quotes_per_block_rfq', 'refused'],
  [13906, 'too_many_quotes_per_block_rfq_side', 'refused'],
  [13907, 'not_fully_filled', 'refused'],
  [13910, 'quote_crossed', 'refused'],
  [13911, 'max_broker_client_count', 'refused'],
  [13912, 'broker_cannot_be_client', 'refused'],
  [13913, 'broker_already_linked', 'refused'],
  [13914, 'user_is_a_broker_client', 'refused'],
  [13915, 'user_is_not_a_broker', 'refused'],
  [13916, 'app_registered_to_broker', 'refused'],
  [13917, 'account_quote_limit_crossed', 'refused'],
  [13918, 'inverse_future_cross_trading', 'refused'],
  [13919, 'client_of_main_account', 'refused'],
];

const byCode = new Map(table.map(([code, name, meaning]) => [code, { name, meaning }]));

/** The request-rate refusal; the venue also ends the session. */
export const tooManyRequestsCode = 10028;

/** Every code the table lists, for docs and tests. */
export const listedErrorCodes: readonly number[] = table.map(([code]) => code);

/** The venue's own name of a code; `unlisted` when it is not in the table. */
export function errorName(code: number): string {
  return byCode.get(code)?.name ?? 'unlisted';
}

/** What a code means, for an order method (`isOrder`) or a query. */
export function errorClassOf(code: number, isOrder: boolean): ErrorClass {
  const meaning = byCode.get(code)?.meaning;
  if (meaning === undefined) return isOrder ? 'unknown_outcome' : 'refused';
  if (meaning === 'busy_or_unknown') return isOrder ? 'unknown_outcome' : 'busy';
  return meaning;
}

/** An error reply, decoded. `detail` is the parameter or reason the venue names, if any. */
export interface VenueError {
  readonly code: number;
  readonly message: string;
  readonly detail: string;
}

/** The `error` member of a reply; a member without a code is an error of unknown code 0. */
export function decodeVenueError(raw: unknown): VenueError {
  if (!isObject(raw)) return { code: 0, message: 'malformed error', detail: '' };
  const code = typeof raw.code === 'number' ? raw.code : 0;
  const data: JsonObject = isObject(raw.data) ? raw.data : {};
  const parts = [textOf(data.param), textOf(data.reason)].filter((part) => part !== undefined);
  return { code, message: textOf(raw.message) ?? errorName(code), detail: parts.join(': ') };
}

const codeOfClass = {
  refused: 'VENUE_REFUSED',
  already_gone: 'VENUE_REFUSED',
  busy: 'VENUE_BUSY',
  auth: 'VENUE_AUTH',
  unknown_outcome: 'VENUE_UNKNOWN_OUTCOME',
} as const;

/** An error reply as the house's error; `details.class` keeps the class, `details.venueCode` the code. */
export function errorOfReply(method: string, error: VenueError, isOrder: boolean): HoldfastError {
  const meaning = errorClassOf(error.code, isOrder);
  const why = error.detail === '' ? error.message : `${error.message} (${error.detail})`;
  return new HoldfastError(codeOfClass[meaning], `${method} was answered ${error.code} ${why}`, {
    details: { method, venueCode: error.code, venueName: errorName(error.code), class: meaning },
  });
}
