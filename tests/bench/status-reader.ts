/**
 * A thread that reads the status port at a steady rate until it is ended: one request every
 * interval over kept connections, whatever the answers take. Says how many were answered.
 */
import http from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';

export interface ReaderSetup {
  readonly port: number;
  readonly path: string;
  readonly perSecond: number;
}

const { port, path, perSecond } = workerData as ReaderSetup;
/** Requests are sent in groups this often: timers are no finer than a millisecond. */
const groupMs = 4;
const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
let answered = 0;
let failed = 0;
let due = 0;

function ask(): void {
  const request = http.get({ agent, port, path }, (response) => {
    if (response.statusCode === 200) answered += 1;
    else failed += 1;
    response.resume();
  });
  request.on('error', () => {
    failed += 1;
  });
}

setInterval(() => {
  for (due += (perSecond * groupMs) / 1_000; due >= 1; due -= 1) ask();
}, groupMs);
parentPort?.on('message', () => parentPort?.postMessage({ answered, failed }));
