/**
 * Preloaded into the daemon's process (`node --import`): kills it with SIGKILL inside an operation,
 * before or after it took effect. The daemon itself is the shipped one; only the functions of the
 * platform through which it syncs, sends, receives and reads are counted. Plan, from the
 * environment: `HOLDFAST_TEST_CRASH=point:side:nth:start|armed`; `armed` counts from SIGUSR2 on.
 */
import fs from 'node:fs';
import http from 'node:http';
import { WebSocket } from 'ws';
import type { CrashPoint } from './plan.ts';

const [point = '', side = 'before', nth = '0', from = 'start'] = (
  process.env.HOLDFAST_TEST_CRASH ?? ''
).split(':');
let left = Number(nth);
let armed = from === 'start';

function die(): void {
  process.kill(process.pid, 'SIGKILL');
}

/** Counts one pass through a point; true when this is the one to die in. */
function isDue(passed: CrashPoint): boolean {
  if (!armed || passed !== point) return false;
  left -= 1;
  return left === 0;
}

/** Runs `operation`, and dies on the right side of it when it is the one. */
function during<T>(passed: CrashPoint, operation: () => T): T {
  const due = isDue(passed);
  if (due && side === 'before') die();
  const result = operation();
  if (due) die();
  return result;
}

function textOf(data: unknown): string {
  if (typeof data === 'string') return data;
  return data instanceof Uint8Array ? Buffer.from(data).toString('latin1') : '';
}

const { fdatasyncSync, fsyncSync, fdatasync, writeSync } = fs;
fs.fdatasyncSync = (fd) => during('sync', () => fdatasyncSync(fd));
fs.fsyncSync = (fd) => during('sync', () => fsyncSync(fd));
fs.fdatasync = ((fd: number, done: fs.NoParamCallback) =>
  during('sync', () => fdatasync(fd, done))) as typeof fdatasync;
fs.writeSync = ((...args: Parameters<typeof writeSync>) =>
  during('write', () => writeSync(...args))) as typeof writeSync;

const { send, emit } = WebSocket.prototype;
WebSocket.prototype.send = function patched(this: WebSocket, ...args: unknown[]) {
  const text = textOf(args[0]);
  const operation = (): void => Reflect.apply(send, this, args) as undefined;
  if (/"private\/(buy|sell)"/.test(text)) during('send', operation);
  else if (text.includes('"private/cancel"')) during('cancel', operation);
  else operation();
} as typeof send;
WebSocket.prototype.emit = function patched(this: WebSocket, ...args: unknown[]) {
  const operation = (): boolean => Reflect.apply(emit, this, args) as boolean;
  if (args[0] !== 'message') return operation();
  const text = textOf(args[1]);
  return text.includes('"order_id"') ? during('answer', operation) : operation();
} as typeof emit;

const { request } = http;
http.request = ((...args: unknown[]) =>
  during('read', () => Reflect.apply(request, http, args) as unknown)) as typeof request;

process.on('SIGUSR2', () => {
  armed = true;
});
