/**
 * The floor of tick → dispatch: a socket that answers each tick with bytes of an order's size, and,
 * for the durable floor, writes and syncs as many bytes as our ledger does first.
 */

import { once } from 'node:events';
import fs from 'node:fs';
import { WebSocket } from 'ws';

/** What the durable floor does before it answers. */
export interface EchoLedger {
  readonly path: string;
  /** Bytes of one block of ours. */
  readonly blockBytes: number;
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

/** Connects to `/echo…` of the bench venue. `close` frees socket and file. */
export async function echoClient(
  url: string,
  ledger?: EchoLedger,
): Promise<{ readonly close: () => void }> {
  const socket = new WebSocket(url, { perMessageDeflate: false, skipUTF8Validation: true });
  const fd = ledger === undefined ? -1 : preallocated(ledger.path);
  const block = Buffer.alloc(ledger?.blockBytes ?? 0, 0x61);
  let position = 0;
  socket.on('message', (data: Buffer) => {
    if (!data.includes('BTC-PERPETUAL')) return;
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
