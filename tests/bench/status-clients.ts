/**
 * The readers of the status bench, a process of their own: for each request it is sent, asks the
 * port so many times over kept connections, one at a time on each, and says when all are answered.
 */
import http from 'node:http';

export interface ReadsRequest {
  readonly port: number;
  readonly path: string;
  readonly requests: number;
}

const connections = 16;

function ask(agent: http.Agent, { port, path }: ReadsRequest): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = http.get({ agent, port, path }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`status ${response.statusCode}`));
      response.resume();
      response.on('end', resolve);
    });
    request.on('error', reject);
  });
}

async function serve(request: ReadsRequest): Promise<void> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  let left = request.requests;
  const caller = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await ask(agent, request);
    }
  };
  await Promise.all(Array.from({ length: connections }, caller));
  agent.destroy();
  process.send?.('done');
}

process.on('message', (request: ReadsRequest) => void serve(request));
process.on('disconnect', () => process.exit(0));
