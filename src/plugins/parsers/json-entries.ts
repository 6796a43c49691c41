import type { ProxySink } from './batches.ts';
import { buildProxies, createEntryFields, type EntryFields, findField, setField } from './entry-fields.ts';
import { parseProtocol, parseProxyAddress } from './proxy-address.ts';

/** Objects in which lists put where a proxy is, as `geolocation.country.iso_code`. */
const PLACE_NAMES = new Set(['country', 'geolocation', 'location', 'geo', 'ip_data']);

/** What a text in an array must have to count as a broken entry rather than as something else. */
const LOOKS_LIKE_ADDRESS = /:\d|:\/\//;

const NO_TAGS = Object.freeze({});

/** A JSON object or array that is still open. Only what it says about a proxy is kept of it. */
export interface JsonContainer {
  kind: 'object' | 'array';
  /** The key under which it stands; an array in an array has that of the outer one. */
  name: string;
  /** Of an object: its own; of an array: those of the object in which it stands. */
  fields: EntryFields | null;
}

type JsonScalar = string | number | boolean | null;

export function openContainer(kind: JsonContainer['kind'], name: string, parent: JsonContainer | null): JsonContainer {
  return { kind, name, fields: kind === 'object' ? createEntryFields() : (parent?.fields ?? null) };
}

/** Takes a value that stands in `container` under `key` (arrays have none). */
export function takeScalar(container: JsonContainer, key: string, value: JsonScalar, sink: ProxySink): void {
  const field = findField(container.kind === 'object' ? key : container.name);
  if (container.kind === 'object') {
    if (field && container.fields) setField(container.fields, field, value);
    return;
  }
  if (container.fields && (field?.kind === 'protocol' || field?.kind === 'type')) {
    setField(container.fields, field, value);
    return;
  }
  if (typeof value === 'string') takeElement(value.trim(), container.name, sink);
}

/** A text in an array may be an address; the array may be named after its protocol (`{"socks5": ["…"]}`). */
function takeElement(text: string, arrayName: string, sink: ProxySink): void {
  const address = parseProxyAddress(text);
  if (address) {
    const protocol = address.protocol ?? parseProtocol(arrayName);
    sink.add({ ...address, protocol, country: null, tags: NO_TAGS });
  } else if (arrayName === '' || LOOKS_LIKE_ADDRESS.test(text)) {
    sink.skip();
  }
}

/** Ends an object: an entry if it has a field named like an address, else perhaps the place of the one around it. */
export function closeContainer(container: JsonContainer, parent: JsonContainer | null, sink: ProxySink): void {
  if (container.kind === 'array' || container.fields === null) return;
  if (container.fields.address !== null) {
    const proxies = buildProxies(container.fields);
    if (proxies) proxies.forEach(sink.add);
    else sink.skip();
  } else if (parent?.kind === 'object' && parent.fields && PLACE_NAMES.has(container.name)) {
    parent.fields.country ??= container.fields.country;
  }
}
