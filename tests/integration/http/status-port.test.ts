/** The status port of a running system: valid at every moment, read-only, documented, refusing. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { StatusV1 } from '../../../daemon/http/status-schema.ts';
import { ask, command, problemOf } from '../../fixtures/system/ask.ts';
import { documentProblems } from '../../fixtures/system/contract.ts';
import { ownerToken, supervisorToken } from '../../fixtures/system/profile-files.ts';
import { type RunningSystem, withSystem } from '../../fixtures/system/running-system.ts';

const statusPort = suite('status port of a running system');

/** C-710. */
function assertInvariants(status: StatusV1, moment: string): void {
  const { trading_mode, mode_reasons, owner_view } = status;
  assert.is(trading_mode === 'Active', mode_reasons.length === 0, `${moment}: Active ⇔ no reasons`);
  const latch = status.open_permission_blocked_latch;
  assert.is(latch, status.open_permission_reason_codes.length > 0, `${moment}: latch ⇔ codes`);
  assert.is(status.open_permission_requires_reconcile, latch, moment);
  assert.ok(status.wal_queue_depth <= status.wal_queue_capacity, `${moment}: queue ≤ capacity`);
  const degraded = status.bunker_mode_active || latch;
  assert.is(status.connectivity_degraded, degraded, `${moment}: connectivity`);
  assert.ok(owner_view.primary_code.length > 0, moment);
  if (trading_mode !== 'Active') assert.ok(owner_view.codes.length > 0, `${moment}: says why`);
  for (const [key, value] of Object.entries(status)) {
    if (value === null && key !== 'mode_since_utc') {
      assert.ok(key in status.unknown, `${moment}: ${key} is null without a reason`);
    }
  }
}

async function assertReadOnly(system: RunningSystem): Promise<void> {
  const before = await system.status();
  const paths = ['/api/v1/status', '/api/v1/health', '/metrics', '/api/v1/emergency/reduce_only'];
  for (const path of paths) {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      const answer = await ask(`${system.statusUrl}${path}`, { method, body: '{}' });
      if (path.includes('emergency')) assert.is(answer.status, 404, `${method} ${path}`);
      else {
        assert.is(answer.status, 405, `${method} ${path}`);
        assert.is(answer.headers.allow, 'GET');
        assert.is(problemOf(answer).error_code, 'METHOD_NOT_ALLOWED');
      }
    }
    const head = await ask(`${system.statusUrl}${path}`, { method: 'HEAD' });
    assert.is(head.status, path.includes('emergency') ? 404 : 405);
  }
  const after = await system.status();
  for (const key of ['trading_mode', 'mode_reasons', 'mode_floor', 'policy_rev', 'run_id'] as const)
    assert.equal(after?.[key], before?.[key], `${key} after requests that change nothing`);
}

async function assertRefusals({ statusUrl }: RunningSystem): Promise<void> {
  const cases: Array<
    [path: string, headers: Record<string, string>, status: number, code: string]
  > = [
    ['/api/v1/status', { host: 'evil.example' }, 403, 'FORBIDDEN'],
    ['/api/v1/status', { host: 'evil.example:80' }, 403, 'FORBIDDEN'],
    ['/api/v1/status', { origin: 'http://evil.example' }, 403, 'FORBIDDEN'],
    ['/api/v1/status', { origin: 'null' }, 403, 'FORBIDDEN'],
    ['/api/v1/nothing', {}, 404, 'NOT_FOUND'],
    ['/api/v1/streams/nothing', {}, 404, 'NOT_FOUND'],
    ['/api/v1/streams/%E0%A4%A', {}, 400, 'REQUEST_INVALID'],
    ['/api/v1/streams/mode?from=abc', {}, 400, 'REQUEST_INVALID'],
    ['/api/v1/streams/mode?from=-1', {}, 400, 'REQUEST_INVALID'],
    ['/api/v1/streams/mode?from=99999999', {}, 400, 'REQUEST_INVALID'],
    ['/api/v1/streams/mode?nothing=1', {}, 400, 'REQUEST_INVALID'],
    ['/api/v1/streams/log?from=0', {}, 400, 'REQUEST_INVALID'],
    ['/api/bots', {}, 501, 'NOT_BUILT'],
    ['/api/bots/btc-crosser/decision-traces', {}, 501, 'NOT_BUILT'],
  ];
  for (const [path, headers, status, code] of cases) {
    const title = `${path} ${JSON.stringify(headers)}`;
    const answer = await ask(`${statusUrl}${path}`, { headers });
    assert.is(answer.status, status, title);
    const problem = problemOf(answer);
    assert.is(problem.error_code, code, title);
    assert.match(problem.trace_id, /^[0-9a-f]{32}$/);
    assert.is(answer.headers['x-trace-id'], problem.trace_id);
  }
}

async function assertTraceIds({ statusUrl }: RunningSystem): Promise<void> {
  const traceId = 'a'.repeat(32);
  const given = { traceparent: `00-${traceId}-${'b'.repeat(16)}-01` };
  const answer = await ask(`${statusUrl}/api/v1/health`, { headers: given });
  assert.is(answer.headers['x-trace-id'], traceId);
  const own = await ask(`${statusUrl}/api/v1/health`);
  assert.match(String(own.headers['x-trace-id']), /^[0-9a-f]{32}$/);
  assert.is(own.headers['x-content-type-options'], 'nosniff');
}

statusPort(
  'it is valid at every moment and answers what it documents, and nothing else',
  async () => {
    await withSystem({ guard: { emergency_reduceonly_cooldown_s: 1 } }, async (system) => {
      const first = await system.untilStatus(() => true, 'a first status');
      assertInvariants(first, 'at start');
      const active = await system.untilActive();
      assertInvariants(active, 'active');
      await assertReadOnly(system);
      await assertRefusals(system);
      await assertTraceIds(system);
      assert.equal(await documentProblems(system.statusUrl), [], 'the document of the status port');
      assert.equal(
        await documentProblems(system.controlUrl),
        [],
        'the document of the control port',
      );
      const url = `${system.controlUrl}/api/v1/emergency/reduce_only`;
      assert.is((await command(url, supervisorToken)).status, 200);
      assertInvariants(
        await system.untilStatus((s) => s.trading_mode !== 'Active', 'ReduceOnly'),
        'restricted',
      );
      const kill = await command(`${system.controlUrl}/api/v1/emergency/kill`, ownerToken);
      assert.is(kill.status, 200);
      assertInvariants(
        await system.untilStatus((s) => s.trading_mode === 'Kill', 'Kill'),
        'killed',
      );
      const shown = await system.command(['status']);
      assert.is(shown.exitCode, 11);
      assert.match(shown.out, /^Kill/);
    });
  },
);

statusPort.run();
