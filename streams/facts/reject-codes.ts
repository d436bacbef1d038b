/**
 * Every code an intent can be refused with before dispatch: one per rejection, never free text.
 * The message says what to look at; the suppression type groups no-trade traces for readers.
 */
export const suppressionTypes = [
  'sizing',
  'config',
  'session',
  'risk',
  'limit',
  'data',
  'edge',
  'evidence',
  'duplicate',
  'governance',
] as const;
export type SuppressionType = (typeof suppressionTypes)[number];

interface RejectCodeRow {
  readonly suppression: SuppressionType;
  readonly message: string;
  /** What has to be built before anything is refused with it; undefined: it is emitted. */
  readonly reserved: string | undefined;
}

function row(suppression: SuppressionType, message: string, reserved?: string): RejectCodeRow {
  return { suppression, message, reserved };
}

export const rejectCodes = {
  TooSmallAfterQuantization: row('sizing', 'below the smallest size or price after rounding'),
  InstrumentMetadataMissing: row('data', 'the instrument is unknown: its grid cannot be trusted'),
  InstrumentExpiredOrDelisted: row('session', 'the instrument expires too soon or is not open'),
  ContractsAmountMismatch: row('sizing', 'contracts and quantity disagree beyond the tolerance'),
  LabelTooLong: row('sizing', 'the label exceeds 64 characters and is never cut'),
  OrderTypeMarketForbidden: row('governance', 'market orders are not sent: give a limit price'),
  OrderTypeStopForbidden: row('governance', 'stop and trigger orders are not sent'),
  LinkedOrderTypeForbidden: row('governance', 'linked orders (one cancels other) are not sent'),
  PostOnlyWouldCross: row('risk', 'a post-only order at this price would trade at once'),
  LiquidityGateNoL2: row('data', 'no fresh order book to measure liquidity with'),
  ExpectedSlippageTooHigh: row('risk', 'the book is too thin for this size'),
  NetEdgeTooLow: row('edge', 'edge after fees and slippage is below the minimum'),
  NetEdgeInputMissing: row('edge', 'the edge of the order was not stated completely'),
  InventorySkew: row('risk', 'adds to inventory without the edge the skew asks for'),
  InventorySkewDeltaLimitMissing: row('config', 'delta_limit is not set: skew cannot be judged'),
  PendingExposureBudgetExceeded: row('limit', 'current and pending exposure exceed the budget'),
  GlobalExposureBudgetExceeded: row('limit', 'correlated exposure exceeds the global budget'),
  MarginHeadroomRejectOpens: row('risk', 'margin use is too high for new risk'),
  RateLimitBrownout: row('session', 'the remaining venue credits are kept for reduction'),
  ChurnBreakerActive: row('risk', 'too many flattens for this key: cooling down'),
  FeedbackLoopGuardActive: row('risk', 'our own trades dominate the tape: cooling down'),
  RiskIncreasingCancelReplaceForbidden: row('risk', 'this cancel or replace would raise risk'),
  EmergencyCloseNoPrice: row('data', 'no fresh book or ticker to price the emergency close'),
  TradingModeForbidsClass: row('risk', 'the trading mode does not permit this class'),
  RiskStateNotHealthy: row('risk', 'the risk state is not Healthy'),
  OpenPermissionLatched: row('risk', 'state is not proved: reconciliation has to clear the latch'),
  EvidenceChainNotGreen: row('evidence', 'evidence cannot be guaranteed, so no new risk'),
  LedgerWriteFailed: row('evidence', 'the intent could not be made durable: nothing was sent'),
  CapsuleWriteFailed: row('evidence', 'no truth capsule for this intent: nothing was sent'),
  FeeCacheStale: row('data', 'fees are too old to judge the net edge'),
  ConfigMissing: row('config', 'a required parameter is not set: see config check'),
  PriceCollarBreached: row('risk', 'the price is too far from mark or index'),
  OrderNotionalTooLarge: row('limit', 'the order, or its group, is worth more than allowed'),
  OrderRateExceeded: row('limit', 'too many orders in the last second'),
  PositionLimitExceeded: row('limit', 'position and open orders together exceed the limit'),
  SelfTradePrevented: row('risk', 'would trade with an order of our own'),
  DuplicateIntent: row('duplicate', 'this intent is in the ledger already: it is never sent twice'),
  StageForbidsVenue: row('governance', 'the stage does not allow this venue host'),
  ApprovalRequired: row(
    'governance',
    'a human approval is required first',
    'approvals are not built: until then a stage that asks for one is not unlocked at all',
  ),
  InstrumentNotAllowed: row('governance', 'the instrument is not on the allow-list'),
  OutsideSession: row('session', 'outside the allowed trading session'),
  OpenOrdersLimitExceeded: row('limit', 'too many open orders or groups'),
  RepeatedExecutionThrottled: row('limit', 'the same execution repeats too often: re-arm it'),
  OrderSizeVsDepthTooLarge: row('limit', 'the order is too large a share of the visible depth'),
  ReduceOnlyNotReducing: row('risk', 'it cannot be proved that this order reduces risk'),
  RiskFrozen: row(
    'risk',
    'a risk freeze is active',
    'the portfolio room, which freezes risk, is not built',
  ),
  AutonomyTierForbids: row(
    'governance',
    'the autonomy tier does not allow it',
    'autonomy tiers are not built: every decision is one of a runner that was started by hand',
  ),
  DecisionDeadlineMissed: row('session', 'the decision came too late to act on'),
  SchemaInvalid: row('sizing', 'the intent does not have the documented form'),
} as const satisfies Record<string, RejectCodeRow>;

export type RejectCode = keyof typeof rejectCodes;

/** Codes nothing is refused with yet. */
export const reservedRejectCodes: readonly RejectCode[] = (
  Object.keys(rejectCodes) as RejectCode[]
).filter((code) => rejectCodes[code].reserved !== undefined);
