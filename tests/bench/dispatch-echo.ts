/**
 * The floor of tick → dispatch: a socket that answers each tick with bytes of an order's size, and,
 * for the durable floor, writes and syncs as many bytes first as our ledger does before dispatch.
 * And what no order path of this house can leave out on top of that, with nothing around it: the
 * tick parsed, the ids hashed, the block made as text, summed and hashed.
 */

import { once } from 'node:events';
import fs from 'node:fs';
import { crc32 } from 'node:zlib';
import { WebSocket } from 'ws';
import { sha256Hex } from '../../streams/facts/hash.ts';

export interface EchoOptions {
  /** Of the file to write and sync; without: no ledger. */
  readonly path?: string;
  /** Bytes of one block of ours. */
  readonly blockBytes: number;
  /** The work of every order, besides write, sync and send. */
  readonly work: boolean;
}

const fileBytes = 32 * 1024 * 1024;
const zeroStepBytes = 1024 * 1024;

function preallocated(path: string): number {
  const fd = fs.openSync(path, 'w+');
  const zeros = Buffer.alloc(zeroStepBytes);
  for (let at = 0; at < fileBytes; at += zeros.length) fs.writeSync(fd, zeros, 0, zeros.length, at);
  fs.fsyncSync(fd);
  return fd;
}

/** An order as our trading client writes it, in bytes. */
const order =
  '{"jsonrpc":"2.0","id":1000,"method":"private/buy","params":{"instrument_name":"BTC-PERPETUAL",' +
  '"amount":1000,"type":"limit","price":100000.5,"label":"hf1:01234567:0123456789ab:0:0123456789abcdef",' +
  '"time_in_force":"immediate_or_cancel","valid_until":1700000000000}}';

/** Ids of one order: input event, decision, trace, group, intent, capsule, snapshot, three facts. */
const idsPerOrder = 10;
/** Snapshot, capsule, intent. */
const recordsPerOrder = 3;

/** Parses the tick, hashes ids and the snapshot's content, writes the records, sums and hashes them. */
function workOn(data: Buffer, block: Buffer, filler: string): void {
  const tick = JSON.parse(data.toString('utf8')) as {
    readonly params: { readonly data: { readonly change_id: number } };
  };
  let id = String(tick.params.data.change_id);
  for (let count = 0; count < idsPerOrder; count += 1)
    id = sha256Hex(`["an id of",${count},"${id}"]`);
  const digest = sha256Hex(`${id}${filler}`);
  for (let record = 0, at = 0; record < recordsPerOrder; record += 1) {
    const bytes = block.write(`"${id}","${digest}",${filler}`, at, 'utf8');
    crc32(block.subarray(at, at + bytes));
    at += bytes;
  }
  sha256Hex(block);
}

/** Connects to `/echo…` of the bench venue. `close` frees socket and file. */
export async function echoClient(
  url: string,
  { path, blockBytes, work }: EchoOptions,
): Promise<{ readonly close: () => void }> {
  const socket = new WebSocket(url, { perMessageDeflate: false, skipUTF8Validation: true });
  const fd = path === undefined ? -1 : preallocated(path);
  const block = Buffer.alloc(blockBytes, 0x61);
  const filler = 'a'.repeat(Math.floor(blockBytes / recordsPerOrder));
  let position = 0;
  socket.on('message', (data: Buffer) => {
    if (!data.includes('BTC-PERPETUAL')) return;
    if (work) workOn(data, block, filler);
    if (fd >= 0) {
      if (position + block.length > fileBytes) position = 0;
      fs.writeSync(fd, block, 0, block.length, position);
      position += block.length;
      fs.fdatasyncSync(fd);
    }
    socket.send(order);
  });
  await once(socket, 'open');
  return {
    close: () => {
      socket.terminate();
      if (fd >= 0) fs.closeSync(fd);
    },
  };
}
