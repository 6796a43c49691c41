/** Path of a client's parts of a kind, or of one of them. */
export function partPath(clientId: string, kind: 'credentials' | 'targets' | 'proxies', id?: string): string {
  const collection = `/api/clients/${encodeURIComponent(clientId)}/${kind}`;
  return id === undefined ? collection : `${collection}/${encodeURIComponent(id)}`;
}

/** Regions are labels: all parts of a proxy carry the same one. */
export const DEFAULT_REGION = 'global';
