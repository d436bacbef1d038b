/** The evidence room's door: what is written about decisions and fills, before and after them. */
export { type AttributionInput, attributionRow, worseBps } from './attribution.ts';
export {
  type CapsuleInput,
  capsuleIdOf,
  edgeJson,
  type TruthCapsule,
  truthCapsule,
} from './capsule.ts';
export { type DecisionMark, markOf, markOfSnapshot } from './decision-mark.ts';
export { type FeeQuestion, feeUsdFloat } from './fees.ts';
export { type FillQuestion, type SimulatedFill, simulateFill } from './fill-simulator.ts';
export { type Missed, markoutHorizonsMs, markoutRow, shadowTrade } from './opportunity.ts';
export { decomposePnl, type PnlParts, type PnlQuestion } from './pnl-decomposition.ts';
export { SlippageCalibration, type TradeKind } from './slippage-calibration.ts';
export {
  type DecisionSnapshot,
  decisionSnapshot,
  type InputBasis,
  type SnapshotInput,
} from './snapshot.ts';
