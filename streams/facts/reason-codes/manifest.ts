/**
 * The reason-code manifest: the only list of mode reasons, latch reasons and owner codes, their
 * order, and the inputs that are critical. Data only. Guard, status, CLI, alerts, docs and tests
 * read it; a code that is not here must never be emitted (it forces Kill).
 */
import type { GuardInputRow, LatchReasonRow, ModeReasonRow, OwnerCodeRow } from './row-types.ts';

/** Monotonic inputs of the guard. `critical`: required where its source is configured. */
export const guardInputRows = {
  watchdog_heartbeat: {
    unit: 'beat',
    critical: 'when_configured',
    maxAge: { parameter: 'watchdog_kill_s', ownReason: 'KILL_WATCHDOG_HEARTBEAT_STALE' },
  },
  risk_state: { unit: 'state', states: ['Healthy', 'Degraded', 'Maintenance', 'Kill'] },
  mm_util: { unit: 'ratio', critical: 'always', maxAge: { parameter: 'mm_util_max_age_ms' } },
  disk_used_pct: {
    unit: 'ratio',
    critical: 'always',
    maxAge: { parameter: 'disk_used_max_age_ms' },
  },
  venue_session: { unit: 'state', states: ['up', 'down', 'terminated'], critical: 'always' },
  session_termination: { unit: 'flag' },
  safety_override: { unit: 'state', states: ['None', 'ForceReduceOnly', 'ForceKill'] },
  day_loss_usd: {
    unit: 'usd',
    critical: 'when_configured',
    maxAge: { parameter: 'mm_util_max_age_ms' },
  },
  key_scope: {
    unit: 'state',
    states: ['ok', 'too_wide'],
    critical: 'when_configured',
  },
  invariant_breach: { unit: 'flag' },
  unmapped_code: { unit: 'flag' },
  operator_kill: { unit: 'flag' },
  operator_reduce_only: { unit: 'flag' },
  emergency_reduce_only: { unit: 'flag' },
  latch: { unit: 'flag' },
  bunker_mode: { unit: 'flag', critical: 'when_configured' },
  certificate: {
    unit: 'state',
    states: ['PASS', 'FAIL', 'STALE', 'MISSING', 'INVALID'],
  },
  evidence_chain: { unit: 'state', states: ['GREEN', 'NOT_GREEN'] },
  evidence_counters: {
    unit: 'beat',
    critical: 'always',
    maxAge: { parameter: 'evidenceguard_counters_max_age_ms' },
    staleImplies: ['REDUCEONLY_EVIDENCE_CHAIN_NOT_GREEN'],
  },
  fee_cache: {
    unit: 'beat',
    critical: 'when_configured',
    maxAge: { parameter: 'fee_cache_hard_s', ownReason: 'REDUCEONLY_FEE_MODEL_HARD_STALE' },
    staleImplies: ['REDUCEONLY_FEE_MODEL_HARD_STALE', 'REDUCEONLY_RISKSTATE_DEGRADED'],
  },
  policy: {
    unit: 'beat',
    critical: 'always',
    maxAge: { parameter: 'max_policy_age_s', ownReason: 'REDUCEONLY_POLICY_STALE' },
    staleImplies: ['REDUCEONLY_POLICY_STALE'],
  },
  position_limit: { unit: 'flag', critical: 'when_configured' },
  in_doubt_orders: { unit: 'count', critical: 'when_configured' },
  backpressure: { unit: 'flag' },
  slo_breach: { unit: 'flag' },
  degrade_fail_closed: { unit: 'flag' },
  canary_cooldown: { unit: 'flag' },
  incident_cooldown: { unit: 'flag' },
} as const satisfies Record<string, GuardInputRow>;

/** In manifest order: Kill tier first, then ReduceOnly. */
export const modeReasonRows = {
  KILL_WATCHDOG_HEARTBEAT_STALE: {
    tier: 'Kill',
    release: 'operator',
    containment: 'forbidden',
    owner: 'OPS_WATCHDOG_SILENT',
    unblock: {
      input: 'watchdog_heartbeat',
      is: 'age_at_most',
      target: { parameter: 'watchdog_kill_s' },
    },
    implies: ['REDUCEONLY_EMERGENCY_REDUCEONLY_ACTIVE'],
  },
  KILL_RISKSTATE_KILL: {
    tier: 'Kill',
    release: 'operator',
    containment: 'mandatory',
    owner: 'EXEC_ORDER_INVARIANT_VIOLATION',
    unblock: { input: 'risk_state', is: 'not', target: 'Kill' },
    implies: [],
  },
  KILL_MARGIN_MM_UTIL_HIGH: {
    tier: 'Kill',
    release: 'operator',
    containment: 'mandatory',
    owner: 'RISK_MARGIN_PRESSURE',
    unblock: { input: 'mm_util', is: 'below', target: { parameter: 'mm_util_kill' } },
    implies: ['REDUCEONLY_MARGIN_MM_UTIL_HIGH'],
  },
  KILL_RATE_LIMIT_SESSION_TERMINATION: {
    tier: 'Kill',
    release: 'operator',
    containment: 'forbidden',
    owner: 'EXT_SESSION_TERMINATED',
    unblock: { input: 'session_termination', is: 'equal', target: false },
    implies: ['REDUCEONLY_OPEN_PERMISSION_LATCHED'],
  },
  KILL_DISK_WATERMARK_KILL: {
    tier: 'Kill',
    release: 'operator',
    containment: 'forbidden',
    owner: 'OPS_DISK_WATERMARK_HIGH',
    unblock: { input: 'disk_used_pct', is: 'below', target: { parameter: 'disk_kill_pct' } },
    implies: [],
  },
  KILL_CORTEX_FORCE_KILL: {
    tier: 'Kill',
    release: 'operator',
    containment: 'mandatory',
    owner: 'RISK_MARKET_STRESS',
    unblock: { input: 'safety_override', is: 'not', target: 'ForceKill' },
    implies: [],
  },
  KILL_DAILY_LOSS_LIMIT: {
    tier: 'Kill',
    release: 'operator',
    containment: 'mandatory',
    owner: 'RISK_MAX_LOSS_REACHED',
    unblock: { input: 'day_loss_usd', is: 'below', target: { parameter: 'max_daily_loss_usd' } },
    implies: [],
  },
  KILL_KEY_SCOPE_INVALID: {
    tier: 'Kill',
    release: 'operator',
    containment: 'mandatory',
    owner: 'SEC_API_KEY_SCOPE_INVALID',
    unblock: { input: 'key_scope', is: 'equal', target: 'ok' },
    implies: [],
  },
  KILL_INVARIANT_BREACH: {
    tier: 'Kill',
    release: 'operator',
    containment: 'mandatory',
    owner: 'EXEC_ORDER_INVARIANT_VIOLATION',
    unblock: { input: 'invariant_breach', is: 'equal', target: false },
    implies: [],
  },
  KILL_UNMAPPED_REASON_CODE: {
    tier: 'Kill',
    release: 'operator',
    containment: 'mandatory',
    owner: 'EXEC_UNMAPPED_REASON_CODE',
    unblock: { input: 'unmapped_code', is: 'equal', target: false },
    implies: [],
  },
  KILL_OPERATOR: {
    tier: 'Kill',
    release: 'operator',
    containment: 'mandatory',
    owner: 'OPS_OPERATOR_ACTION',
    unblock: { input: 'operator_kill', is: 'equal', target: false },
    implies: [],
  },
  KILL_OPERATOR_RESTORE_REQUIRED: {
    tier: 'Kill',
    release: 'operator',
    containment: 'allowed',
    owner: 'GOV_APPROVAL_REQUIRED',
    unblock: { input: 'operator_floor', is: 'not', target: 'Kill' },
    implies: [],
  },
  REDUCEONLY_RISKSTATE_MAINTENANCE: {
    tier: 'ReduceOnly',
    release: 'condition',
    owner: 'EXT_EXCHANGE_MAINTENANCE',
    unblock: { input: 'risk_state', is: 'not', target: 'Maintenance' },
    implies: [],
  },
  REDUCEONLY_EMERGENCY_REDUCEONLY_ACTIVE: {
    tier: 'ReduceOnly',
    release: 'reconcile',
    owner: 'RISK_EMERGENCY_CLOSE_ACTIVE',
    unblock: { input: 'emergency_reduce_only', is: 'equal', target: false },
    implies: [],
  },
  REDUCEONLY_OPEN_PERMISSION_LATCHED: {
    tier: 'ReduceOnly',
    release: 'reconcile',
    owner: 'STATE_STARTUP_RECONCILING',
    unblock: { input: 'latch', is: 'equal', target: false },
    implies: [],
  },
  REDUCEONLY_BUNKER_MODE_ACTIVE: {
    tier: 'ReduceOnly',
    release: 'condition',
    owner: 'EXT_NETWORK_JITTER',
    unblock: { input: 'bunker_mode', is: 'equal', target: false },
    implies: [],
  },
  REDUCEONLY_F1_CERT_INVALID: {
    tier: 'ReduceOnly',
    release: 'condition',
    owner: 'GOV_CERT_EXPIRED',
    unblock: { input: 'certificate', is: 'equal', target: 'PASS' },
    implies: [],
  },
  REDUCEONLY_EVIDENCE_CHAIN_NOT_GREEN: {
    tier: 'ReduceOnly',
    release: 'condition',
    owner: 'OPS_EVIDENCE_QUEUE_SATURATED',
    unblock: { input: 'evidence_chain', is: 'equal', target: 'GREEN' },
    implies: [],
  },
  REDUCEONLY_CORTEX_FORCE_REDUCE_ONLY: {
    tier: 'ReduceOnly',
    release: 'condition',
    owner: 'RISK_MARKET_STRESS',
    unblock: { input: 'safety_override', is: 'equal', target: 'None' },
    implies: [],
  },
  REDUCEONLY_FEE_MODEL_HARD_STALE: {
    tier: 'ReduceOnly',
    release: 'condition',
    owner: 'DATA_INPUT_MISSING',
    unblock: { input: 'fee_cache', is: 'age_at_most', target: { parameter: 'fee_cache_hard_s' } },
    implies: ['REDUCEONLY_RISKSTATE_DEGRADED'],
  },
  REDUCEONLY_RISKSTATE_DEGRADED: {
    tier: 'ReduceOnly',
    release: 'condition',
    owner: 'EXT_CONNECTIVITY_LOSS',
    unblock: { input: 'risk_state', is: 'equal', target: 'Healthy' },
    implies: [],
  },
  REDUCEONLY_POLICY_STALE: {
    tier: 'ReduceOnly',
    release: 'condition',
    owner: 'GOV_POLICY_STALE',
    unblock: { input: 'policy', is: 'age_at_most', target: { parameter: 'max_policy_age_s' } },
    implies: [],
  },
  REDUCEONLY_MARGIN_MM_UTIL_HIGH: {
    tier: 'ReduceOnly',
    release: 'condition',
    owner: 'RISK_MARGIN_PRESSURE',
    unblock: { input: 'mm_util', is: 'below', target: { parameter: 'mm_util_reduceonly' } },
    implies: [],
  },
  REDUCEONLY_INPUT_MISSING_OR_STALE: {
    tier: 'ReduceOnly',
    release: 'condition',
    owner: 'DATA_INPUT_MISSING',
    unblock: { input: 'critical_inputs_missing', is: 'equal', target: 0 },
    implies: [],
  },
  REDUCEONLY_POSITION_LIMIT: {
    tier: 'ReduceOnly',
    release: 'condition',
    owner: 'RISK_POSITION_LIMIT_REACHED',
    unblock: { input: 'position_limit', is: 'equal', target: false },
    implies: [],
  },
  REDUCEONLY_IN_DOUBT_ORDERS: {
    tier: 'ReduceOnly',
    release: 'condition',
    owner: 'EXEC_IN_DOUBT_ORDERS',
    unblock: { input: 'in_doubt_orders', is: 'equal', target: 0 },
    implies: [],
  },
  REDUCEONLY_BACKPRESSURE: {
    tier: 'ReduceOnly',
    release: 'condition',
    owner: 'OPS_EVIDENCE_QUEUE_SATURATED',
    unblock: { input: 'backpressure', is: 'equal', target: false },
    implies: [],
  },
  REDUCEONLY_SLO_BREACH: {
    tier: 'ReduceOnly',
    release: 'condition',
    owner: 'EXEC_ORDER_INVARIANT_VIOLATION',
    unblock: { input: 'slo_breach', is: 'equal', target: false },
    implies: [],
  },
  REDUCEONLY_DEGRADE_FAIL_CLOSED: {
    tier: 'ReduceOnly',
    release: 'condition',
    owner: 'DATA_SNAPSHOT_COVERAGE_LOW',
    unblock: { input: 'degrade_fail_closed', is: 'equal', target: false },
    implies: [],
  },
  REDUCEONLY_CANARY_COOLDOWN: {
    tier: 'ReduceOnly',
    release: 'condition',
    owner: 'GOV_CANARY_FAILED',
    unblock: { input: 'canary_cooldown', is: 'equal', target: false },
    implies: [],
  },
  REDUCEONLY_INCIDENT_COOLDOWN: {
    tier: 'ReduceOnly',
    release: 'condition',
    owner: 'GOV_INCIDENT_COOLDOWN',
    unblock: { input: 'incident_cooldown', is: 'equal', target: false },
    implies: [],
  },
  REDUCEONLY_OPERATOR: {
    tier: 'ReduceOnly',
    release: 'operator',
    owner: 'OPS_OPERATOR_ACTION',
    unblock: { input: 'operator_reduce_only', is: 'equal', target: false },
    implies: [],
  },
  REDUCEONLY_OPERATOR_RESTORE_REQUIRED: {
    tier: 'ReduceOnly',
    release: 'operator',
    owner: 'GOV_APPROVAL_REQUIRED',
    unblock: { input: 'operator_floor', is: 'equal', target: 'Active' },
    implies: [],
  },
} as const satisfies Record<string, ModeReasonRow>;

/** Every one is of the reconcile class and implies `REDUCEONLY_OPEN_PERMISSION_LATCHED`. */
export const latchReasonRows = {
  RESTART_RECONCILE_REQUIRED: {
    owner: 'STATE_STARTUP_RECONCILING',
    meaning: 'the process started: nothing is proven yet',
  },
  WS_BOOK_GAP_RECONCILE_REQUIRED: {
    owner: 'EXT_WEBSOCKET_GAP',
    meaning: 'an order book missed a change',
  },
  WS_TRADES_GAP_RECONCILE_REQUIRED: {
    owner: 'EXT_WEBSOCKET_GAP',
    meaning: 'a trade stream missed a trade, or public trades are stale',
  },
  WS_DATA_STALE_RECONCILE_REQUIRED: {
    owner: 'DATA_MARKET_FEED_STALE',
    meaning: 'market data went silent, or the session that carries our own orders was lost',
  },
  INVENTORY_MISMATCH_RECONCILE_REQUIRED: {
    owner: 'EXEC_ORDER_INVARIANT_VIOLATION',
    meaning: 'venue and ledger disagree about positions, orders or trades',
  },
  SESSION_TERMINATION_RECONCILE_REQUIRED: {
    owner: 'EXT_SESSION_TERMINATED',
    meaning: 'the venue terminated the session',
  },
} as const satisfies Record<string, LatchReasonRow>;

/** What clears a latch reason: a proof, or an operator where no proof is possible without one. */
export const latchConditions = {
  AUTO: 'reconciliation proves orders, trades and positions',
  MANUAL: 'the venue shows nothing without an intent: see `holdfast adopt`',
} as const;

/** What a non-engineer reads. Order breaks ties of severity for the primary code. */
export const ownerCodeRows = {
  EXEC_DUPLICATE_INTENT_DETECTED: {
    severity: 'warning',
    message: 'A repeated order was recognised and not sent.',
  },
  EXEC_ORDER_INVARIANT_VIOLATION: {
    severity: 'critical',
    message:
      'Orders and positions did not add up; no new risk is taken until they are proven right.',
  },
  EXEC_WAL_WRITE_FAILED: {
    severity: 'critical',
    message: 'The order ledger could not be written; nothing new is sent.',
  },
  EXEC_ILLEGAL_ORDER_BLOCKED: {
    severity: 'warning',
    message: 'An order that must not exist was blocked before it left.',
  },
  EXEC_UNMAPPED_REASON_CODE: {
    severity: 'critical',
    message: 'The program met a state it does not know; trading is stopped.',
  },
  EXEC_IN_DOUBT_ORDERS: {
    severity: 'warning',
    message: 'It is not yet known whether the exchange has an order; no new risk until it is.',
  },
  RISK_PARTIAL_FILL_CONTAINMENT: {
    severity: 'warning',
    message: 'A group of orders filled only in part; the rest is being closed.',
  },
  RISK_MAX_LOSS_REACHED: {
    severity: 'critical',
    message: 'The daily loss limit is reached; trading is stopped until someone reviews it.',
  },
  RISK_POSITION_LIMIT_REACHED: {
    severity: 'warning',
    message: 'A position limit is reached; positions may only shrink.',
  },
  RISK_MARGIN_PRESSURE: {
    severity: 'critical',
    message: 'Margin use is too high; positions may only shrink.',
  },
  RISK_EMERGENCY_CLOSE_ACTIVE: {
    severity: 'critical',
    message: 'Emergency reduce-only is on; positions may only shrink.',
  },
  RISK_MARKET_STRESS: {
    severity: 'critical',
    message: 'The market is too thin, wide or jumpy to open positions.',
  },
  DATA_MARKET_FEED_STALE: {
    severity: 'critical',
    message: 'Market data stopped arriving; no new risk is taken blind.',
  },
  DATA_PRICE_SNAPSHOT_MISSING: {
    severity: 'warning',
    message: 'A price needed for a decision is missing.',
  },
  DATA_TRUTH_CAPSULE_FAILED: {
    severity: 'critical',
    message: 'The receipt of a decision could not be recorded.',
  },
  DATA_SNAPSHOT_COVERAGE_LOW: {
    severity: 'warning',
    message: 'Too little of what decisions need is available.',
  },
  DATA_TIME_DRIFT_EXCEEDED: {
    severity: 'warning',
    message: 'The local clock and the exchange clock disagree.',
  },
  DATA_INPUT_MISSING: {
    severity: 'warning',
    message: 'A reading that safety depends on is missing or too old.',
  },
  EXT_RATE_LIMITED: { severity: 'warning', message: 'The exchange asks for fewer requests.' },
  EXT_SESSION_TERMINATED: {
    severity: 'critical',
    message: 'The exchange ended the session; everything is checked before resuming.',
  },
  EXT_WEBSOCKET_GAP: {
    severity: 'warning',
    message: 'Part of the data stream was lost; it is being rebuilt and checked.',
  },
  EXT_EXCHANGE_MAINTENANCE: {
    severity: 'warning',
    message: 'The exchange is in, or close to, maintenance.',
  },
  EXT_CONNECTIVITY_LOSS: {
    severity: 'critical',
    message: 'The connection to the exchange is lost or unreliable.',
  },
  EXT_NETWORK_JITTER: {
    severity: 'warning',
    message: 'The network is too slow or unsteady to open positions.',
  },
  OPS_DISK_WATERMARK_HIGH: { severity: 'critical', message: 'The disk is filling up.' },
  OPS_EVIDENCE_QUEUE_SATURATED: {
    severity: 'critical',
    message: 'Records cannot be written fast enough, or failed to be written.',
  },
  OPS_WATCHDOG_SILENT: { severity: 'critical', message: 'The watchdog process does not answer.' },
  OPS_OPERATOR_ACTION: { severity: 'warning', message: 'An operator restricted trading.' },
  SEC_API_KEY_SCOPE_INVALID: {
    severity: 'critical',
    message: 'The exchange key may do more than it is allowed to; trading is stopped.',
  },
  SEC_API_KEY_REVOKED: { severity: 'critical', message: 'The exchange refused the key.' },
  GOV_REPLAY_NOT_CERTIFIED: {
    severity: 'warning',
    message: 'The replay proof for this build is missing.',
  },
  GOV_CANARY_FAILED: {
    severity: 'warning',
    message: 'A trial run failed; waiting before the next try.',
  },
  GOV_APPROVAL_REQUIRED: {
    severity: 'warning',
    message: 'The cause is gone; an operator must restore trading.',
  },
  GOV_CONFIG_MISMATCH: {
    severity: 'warning',
    message: 'The configuration does not match what was approved.',
  },
  GOV_CERT_EXPIRED: {
    severity: 'warning',
    message: 'The certificate is missing, expired or for another build.',
  },
  GOV_POLICY_STALE: {
    severity: 'warning',
    message: 'The policy in force was computed too long ago.',
  },
  GOV_INCIDENT_COOLDOWN: {
    severity: 'warning',
    message: 'An incident happened; waiting before opening again.',
  },
  STATE_STARTUP_RECONCILING: {
    severity: 'info',
    message: 'Starting: orders and positions are being checked with the exchange.',
  },
  STATE_PAPER_MODE: { severity: 'info', message: 'Trading on a simulated exchange.' },
  STATE_MICRO_LIVE: { severity: 'info', message: 'Trading with very small sizes.' },
  STATE_IDLE: { severity: 'info', message: 'Running, nothing to do.' },
} as const satisfies Record<string, OwnerCodeRow>;
