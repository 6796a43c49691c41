import { WebSocket } from 'undici';
import { toMib } from './process-figures.ts';

interface InspectorTarget {
  id: string;
  webSocketDebuggerUrl: string;
}

interface HeapUsage {
  usedSize: number;
  backingStorageSize: number;
}

async function targetOf(inspectorPort: number, workerName: string): Promise<InspectorTarget> {
  const response = await fetch(`http://127.0.0.1:${inspectorPort}/json`);
  const targets = await response.json<InspectorTarget[]>();
  const target = targets.find(({ id }) => id === `core:user:${workerName}`);
  if (!target) throw new Error(`the inspector has no target ${workerName}`);
  return target;
}

function call<Result>(url: string, method: string): Promise<Result> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    socket.addEventListener('open', () => socket.send(JSON.stringify({ id: 1, method })));
    socket.addEventListener('error', () => reject(new Error(`${method} failed`)));
    socket.addEventListener('message', ({ data }) => {
      const { result }: { result: Result } = JSON.parse(String(data));
      socket.close();
      resolve(result);
    });
  });
}

/** What a Worker's isolate, objects and all, holds: its JavaScript heap and the buffers beside it, in MiB. */
export async function heapMib(inspectorPort: number, workerName: string): Promise<number> {
  const { webSocketDebuggerUrl } = await targetOf(inspectorPort, workerName);
  const { usedSize, backingStorageSize } = await call<HeapUsage>(webSocketDebuggerUrl, 'Runtime.getHeapUsage');
  return toMib(usedSize + backingStorageSize);
}
