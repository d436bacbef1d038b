/**
 * The refusals of the venue, by code. Clients match on the code, so the table is the contract; the
 * message text carries a limit where the venue's own does.
 */
export const venueErrorMessages = {
  [-32700]: 'Parse error',
  [-32602]: 'Invalid params',
  [-32601]: 'Method not found',
  [-32600]: 'request entity too large',
  [-32000]: 'Missing params',
  10001: 'error',
  10002: 'qty_too_low',
  10003: 'order_overlap',
  10004: 'order_not_found',
  10005: 'price_too_low',
  10007: 'price_too_high',
  10009: 'not_enough_funds',
  10010: 'already_closed',
  10012: 'book_closed',
  10019: 'locked_by_admin',
  10020: 'invalid_or_unsupported_instrument',
  10021: 'invalid_amount',
  10028: 'too_many_requests',
  10029: 'not_owner_of_order',
  10030: 'must_be_websocket_request',
  10031: 'invalid_args_for_instrument',
  10033: 'not_implemented',
  10036: 'invalid_max_show_amount',
  10040: 'retry',
  10041: 'settlement_in_progress',
  10043: 'price_wrong_tick',
  10044: 'trigger_price_wrong_tick',
  10047: 'matching_engine_queue_full',
  10050: 'lock_time_exceeded',
  11008: 'already_filled',
  11029: 'invalid_arguments',
  11030: 'other_reject',
  11035: 'no_more_triggers',
  11036: 'invalid_trigger_price',
  11038: 'no_adv_for_futures',
  11039: 'no_adv_postonly',
  11041: 'not_adv_order',
  11042: 'permission_denied',
  11044: 'not_open_order',
  11046: 'outdated_instrument',
  11047: 'unsupported_arg_combination',
  11048: 'wrong_max_show_for_option',
  11051: 'system_maintenance',
  11054: 'post_only_reject',
  11055: 'post_only_not_allowed',
  11094: 'internal_server_error',
  13004: 'invalid_credentials',
  13009: 'unauthorized',
  13020: 'not_found',
  13021: 'forbidden',
  13028: 'temporarily_unavailable',
  13032: 'non_unique_order_label',
  13040: 'mmp_required',
  13042: 'cod_not_enabled',
  13043: 'quotes_frozen',
  13666: 'request_cancelled_by_user',
  13777: 'replaced',
  13778: 'raw_subscriptions_not_available_for_unauthorized',
  13780: 'move_positions_over_limit',
  13888: 'timed_out',
  13901: 'no_more_oto_orders',
  13902: 'mass_quotes_disabled',
  13903: 'too_many_quotes',
  13910: 'quote_crossed',
} as const;

export type VenueErrorCode = keyof typeof venueErrorMessages;

/** A definite answer "no" of the venue. Never a bug: bugs are `HoldfastError` and end the venue. */
export class VenueError extends Error {
  readonly code: number;
  readonly data: Readonly<Record<string, unknown>> | undefined;

  constructor(code: number, message: string, data?: Readonly<Record<string, unknown>>) {
    super(message);
    this.name = 'VenueError';
    this.code = code;
    this.data = data;
  }
}

/** The refusal of that code; `detail` is appended to the message as the venue does with limits. */
export function refusal(code: VenueErrorCode, detail?: string | number): VenueError {
  const message: string = venueErrorMessages[code];
  return new VenueError(code, detail === undefined ? message : `${message} ${detail}`);
}

/** `-32602`, naming the parameter and what is wrong with it. */
export function invalidParam(param: string, reason: string): VenueError {
  return new VenueError(-32602, venueErrorMessages[-32602], { reason, param });
}

/** `13009` with the reason a client can read. */
export function unauthorized(reason: string): VenueError {
  return new VenueError(13009, venueErrorMessages[13009], { reason });
}
