/**
 * Directed plans: each leads to a corner of the house that chance alone finds too rarely (a group
 * whose every rescue fails, a restart while nobody answers, a policy at its edges). What is drawn
 * inside a theme is still the seed's.
 */
import { meetings } from './themes/meetings.ts';
import { brokenGroups, crowd, doubt, hurried, late, unseen } from './themes/orders.ts';
import { gaps, restarts, unproven } from './themes/proofs.ts';
import {
  disks,
  edges,
  ends,
  fullDisk,
  nonsensical,
  restricted,
  stress,
} from './themes/surroundings.ts';
import type { Theme } from './themes/theme.ts';

/** One that stands twice is drawn twice as often. */
export const themes: readonly Theme[] = [
  brokenGroups,
  brokenGroups,
  crowd,
  hurried,
  doubt,
  late,
  unseen,
  restarts,
  unproven,
  gaps,
  disks,
  fullDisk,
  stress,
  ends,
  restricted,
  nonsensical,
  edges,
  edges,
  edges,
  meetings,
  meetings,
].map((plan) => ({ name: plan.name, plan }));
