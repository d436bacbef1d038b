/** The reference page of the manifest, generated: docs/reason-codes.md is this text. */
import {
  clearsBy,
  guardInputNames,
  guardInputRow,
  latchConditions,
  latchReasonRows,
  latchReasons,
  modeReasonRow,
  modeReasons,
  ownerCodeRow,
  ownerCodes,
  severityOf,
  type UnblockCondition,
} from './index.ts';

function conditionText({ input, is, target }: UnblockCondition): string {
  const verb = { below: '<', equal: '=', not: '≠', age_at_most: 'age ≤' }[is];
  const wanted = typeof target === 'object' ? `\`${target.parameter}\`` : `\`${String(target)}\``;
  return `\`${input}\` ${verb} ${wanted}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const codeList = (codes: readonly string[]): string =>
  codes.map((code) => `\`${code}\``).join(', ');

function modeTable(): string {
  const head = [
    'reason',
    'tier',
    'release',
    'clears',
    'severity',
    'owner code',
    'unblocked when',
    'implies',
    'containment',
  ];
  return table(
    head,
    modeReasons.map((reason) => {
      const row = modeReasonRow(reason);
      return [
        `\`${reason}\``,
        row.tier,
        row.release,
        clearsBy(reason),
        severityOf(reason),
        `\`${row.owner}\``,
        conditionText(row.unblock),
        codeList(row.implies),
        row.containment ?? '',
      ];
    }),
  );
}

function latchTable(): string {
  return table(
    ['latch reason', 'meaning', 'owner code'],
    latchReasons.map((reason) => {
      const { meaning, owner } = latchReasonRows[reason];
      return [`\`${reason}\``, meaning, `\`${owner}\``];
    }),
  );
}

function ownerTable(): string {
  return table(
    ['owner code', 'severity', 'message'],
    ownerCodes.map((code) => {
      const { severity, message } = ownerCodeRow(code);
      return [`\`${code}\``, severity, message];
    }),
  );
}

function inputTable(): string {
  const critical = guardInputNames.filter((name) => guardInputRow(name).critical !== undefined);
  return table(
    ['critical input', 'required', 'maximum age', 'missing implies'],
    critical.map((name) => {
      const row = guardInputRow(name);
      const own = row.maxAge?.ownReason;
      const age = row.maxAge === undefined ? 'event driven' : `\`${row.maxAge.parameter}\``;
      return [
        `\`${name}\``,
        row.critical === 'always' ? 'always' : 'when its source is configured',
        own === undefined ? age : `${age} (\`${own}\`)`,
        codeList(row.staleImplies ?? []),
      ];
    }),
  );
}

/** The whole page, ending in a newline. */
export function reasonCodesPage(): string {
  return [
    '# Reason codes',
    '<!-- Generated from streams/facts/reason-codes/manifest.ts; do not edit. -->',
    'Modes show all standing reasons of the winning tier, in this order. `operator` reasons raise a floor that survives a restart; `reconcile` reasons end with a successful reconciliation; `condition` reasons end after `reason_clear_stable_s` clear.',
    '## Mode reasons',
    modeTable(),
    '## Latch reasons',
    'All are released by a reconciliation and imply `REDUCEONLY_OPEN_PERMISSION_LATCHED`.',
    `Cleared when ${latchConditions.AUTO}; while the venue shows something that no intent of ours stands behind, that takes an operator: ${latchConditions.MANUAL}.`,
    latchTable(),
    '## Critical inputs',
    'Missing, unparseable or strictly older than the maximum: `REDUCEONLY_INPUT_MISSING_OR_STALE`. Where an age has a reason of its own, that reason stands instead.',
    inputTable(),
    '## Owner codes',
    ownerTable(),
    '',
  ]
    .join('\n\n')
    .trimEnd()
    .concat('\n');
}
