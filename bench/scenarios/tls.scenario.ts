import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toPem } from '../../dev/lab/der.ts';
import { type Identity, issue } from '../../test/support/certificates.ts';
import { answerOnce, type Serve, startTlsServer, type TlsPeer } from '../../test/support/tls-server.ts';
import { median, quartiles } from '../measure/figures.ts';
import { processorMs } from '../measure/process-figures.ts';
import { interleaved } from '../measure/rounds.ts';
import type { BenchRow, BenchScale, Scenario } from '../scenario.types.ts';
import type { VisitRequest } from '../tls/tls.worker.ts';
import type { TlsHostAddress } from '../tls/tls-host.ts';

/** Visits between two looks at the clock of the processor; many short turns lose less to other processes than few long ones. */
const HANDSHAKES = 200;
const DOWNLOADS = 8;
/** Turns of native and ours in each round of the bench. */
const TURNS_PER_ROUND = 3;
const DOWNLOAD_BYTES = 1024 * 1024;

interface TlsHost extends TlsHostAddress {
  root: Identity;
  stop(): Promise<void>;
}

/** A workerd whose own TLS trusts a fresh root, in a process that is told so at its start. */
async function startTlsHost(): Promise<TlsHost> {
  const root = issue({ name: 'Root of the bench', authority: true });
  const directory = await mkdtemp(join(tmpdir(), 'switchyard-bench-root-'));
  const file = join(directory, 'root.pem');
  await writeFile(file, toPem('CERTIFICATE', root.der));
  const script = join(import.meta.dirname, '..', 'tls', 'tls-host.ts');
  const child = fork(script, { env: { ...process.env, NODE_EXTRA_CA_CERTS: file } });
  const ended = once(child, 'exit').then(() => {
    throw new Error('the host of the TLS bench ended before it listened');
  });
  ended.catch(() => undefined);
  const [address]: TlsHostAddress[] = await Promise.race([once(child, 'message'), ended]);
  if (!address) throw new Error('the host of the TLS bench did not say where it listens');
  return {
    ...address,
    root,
    async stop() {
      child.disconnect();
      await once(child, 'exit');
      await rm(directory, { recursive: true, force: true });
    },
  };
}

interface Comparison {
  ratio: number;
  /** Between these is half of the ratios. */
  spread: [low: number, high: number];
  /** Milliseconds of a visit. */
  native: number;
  rustls: number;
}

/** Processor time of the runtime for one visit, in milliseconds. */
async function costOf(host: TlsHost, server: TlsPeer, how: VisitRequest['how'], count: number, bytes: number) {
  const request: VisitRequest = { how, port: server.port, count, root: toPem('CERTIFICATE', host.root.der) };
  const before = await processorMs(host.workerdPid);
  const response = await fetch(host.url, { method: 'POST', body: JSON.stringify(request) });
  const answer = await response.text();
  const expected = JSON.stringify({ visits: count, bytes: count * bytes });
  if (answer !== expected) throw new Error(`${how}: ${answer} instead of ${expected}`);
  return ((await processorMs(host.workerdPid)) - before) / count;
}

async function compare(
  host: TlsHost,
  identity: Identity,
  what: { serve: Serve; count: number; bytes: number },
  { rounds }: BenchScale,
  progress: (line: string) => void,
): Promise<Comparison> {
  const server = await startTlsServer(identity, what.serve, { honorCipherOrder: false });
  try {
    const run = (how: VisitRequest['how']) => () => costOf(host, server, how, what.count, what.bytes);
    const turns = rounds * TURNS_PER_ROUND;
    const results = await interleaved(turns, run('native'), run('rustls'), (turn, native, rustls) => {
      progress(`turn ${turn} of ${turns}: native ${native.toFixed(2)} ms, ours ${rustls.toFixed(2)} ms`);
    });
    const ratios = results.map(({ floor, product }) => product / floor);
    return {
      ratio: median(ratios),
      spread: quartiles(ratios),
      native: median(results.map(({ floor }) => floor)),
      rustls: median(results.map(({ product }) => product)),
    };
  } finally {
    await server.close();
  }
}

/** What TLS of our own costs beside the runtime's, which sends no name on the edge. */
export const tlsScenario: Scenario = {
  name: 'tls',
  describe: 'processor time of TLS by rustls beside the runtime’s own, the server left to choose ChaCha20',
  async run(scale, progress): Promise<BenchRow[]> {
    const host = await startTlsHost();
    try {
      const count = Math.ceil(HANDSHAKES * scale.size);
      const greeting = { serve: answerOnce, count, bytes: 'You said: words'.length };
      const body = Buffer.alloc(DOWNLOAD_BYTES, 'x');
      const download = {
        serve: ((socket) => socket.end(body)) satisfies Serve,
        count: Math.ceil(DOWNLOADS * scale.size),
        bytes: DOWNLOAD_BYTES,
      };
      const leaf = (kind: 'P-256' | 'RSA-2048') => issue({ name: kind, issuer: host.root, hosts: ['localhost'], kind });
      const handshakes = await compare(host, leaf('P-256'), greeting, scale, progress);
      const rsa = await compare(host, leaf('RSA-2048'), greeting, scale, progress);
      const data = await compare(host, leaf('P-256'), download, scale, progress);
      const row = (what: string, result: Comparison, target: BenchRow['target']): BenchRow => {
        const spread = result.spread.map((ratio) => ratio.toFixed(2)).join(' to ');
        const times = `native ${result.native.toFixed(2)} ms, ours ${result.rustls.toFixed(2)} ms`;
        return { what, value: result.ratio, unit: '×', target, detail: `${times}; half of the turns ${spread} ×` };
      };
      return [
        row('processor time of a visit with a handshake of TLS 1.3 (P-256), of the native’s', handshakes, {
          atMost: 1.7,
        }),
        row('the same with RSA-2048', rsa, null),
        row('processor time of 1 MiB down, of the native’s', data, null),
      ];
    } finally {
      await host.stop();
    }
  },
};
