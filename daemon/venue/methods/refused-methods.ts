/**
 * What the real venue has and this one has not: each is answered with the code stated here, and the
 * manual lists it. A name that is in no table is -32601.
 */
import type { VenueErrorCode } from '../../../streams/venues/simulated/index.ts';

interface Refused {
  readonly about: string;
  readonly code: VenueErrorCode;
  readonly methods: readonly string[];
}

export const refusedGroups: readonly Refused[] = [
  {
    about: 'combos',
    code: 10033,
    methods: ['public/get_combo_details', 'private/create_combo', 'private/get_leg_prices'],
  },
  {
    about: 'block trades and requests for quotes',
    code: 10033,
    methods: [
      'public/get_block_rfq_trades',
      'private/verify_block_trade',
      'private/execute_block_trade',
      'private/simulate_block_trade',
      'private/approve_block_trade',
      'private/reject_block_trade',
      'private/get_block_trade',
      'private/get_block_trades',
      'private/get_block_trade_requests',
      'private/get_pending_block_trades',
      'private/invalidate_block_trade_signature',
      'private/create_block_rfq',
      'private/accept_block_rfq',
      'private/cancel_block_rfq',
      'private/cancel_block_rfq_trigger',
      'private/get_block_rfqs',
      'private/get_block_rfq_makers',
      'private/get_block_rfq_quotes',
      'private/get_block_rfq_user_info',
      'private/add_block_rfq_quote',
      'private/edit_block_rfq_quote',
      'private/cancel_block_rfq_quote',
      'private/cancel_all_block_rfq_quotes',
    ],
  },
  {
    about: 'deposits, withdrawals and transfers of money',
    code: 10033,
    methods: [
      'private/add_to_address_book',
      'private/update_in_address_book',
      'private/remove_from_address_book',
      'private/get_address_book',
      'private/cancel_transfer_by_id',
      'private/cancel_withdrawal',
      'private/create_deposit_address',
      'private/get_current_deposit_address',
      'private/get_deposits',
      'private/get_transfers',
      'private/get_withdrawals',
      'private/set_clearance_originator',
      'private/submit_transfer_between_subaccounts',
      'private/submit_transfer_to_subaccount',
      'private/submit_transfer_to_user',
      'private/withdraw',
    ],
  },
  {
    about: 'keys, sub-accounts and personal settings, which the configuration fixes',
    code: 11042,
    methods: [
      'private/create_api_key',
      'private/edit_api_key',
      'private/enable_api_key',
      'private/disable_api_key',
      'private/remove_api_key',
      'private/reset_api_key',
      'private/list_api_keys',
      'private/change_api_key_name',
      'private/change_scope_in_api_key',
      'private/create_subaccount',
      'private/remove_subaccount',
      'private/change_subaccount_name',
      'private/get_subaccounts_details',
      'private/set_email_for_subaccount',
      'private/toggle_notifications_from_subaccount',
      'private/toggle_subaccount_login',
      'private/set_disabled_trading_products',
      'private/change_margin_model',
      'private/get_email_language',
      'private/set_email_language',
      'private/get_new_announcements',
      'private/set_announcement_as_read',
      'private/get_access_log',
      'private/get_user_locks',
      'private/enable_affiliate_program',
      'private/get_affiliate_program_info',
      'private/list_custody_accounts',
    ],
  },
  {
    about: 'portfolio margin and its simulation',
    code: 10033,
    methods: ['private/simulate_portfolio', 'private/pme/simulate', 'private/get_margins'],
  },
];

const refusedCodes: ReadonlyMap<string, VenueErrorCode> = new Map(
  refusedGroups.flatMap(({ code, methods }) => methods.map((name) => [name, code] as const)),
);

/** The code that answers a method the venue knows of and does not have. */
export function refusedCode(name: string): VenueErrorCode {
  return refusedCodes.get(name) ?? -32601;
}
