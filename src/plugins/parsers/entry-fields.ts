import type { ParsedProxy, ProxyProtocol } from './parser.types.ts';
import {
  type ProxyAddress,
  parseCountry,
  parseCredentials,
  parseIpAddress,
  parsePort,
  parseProtocol,
  parseProxyAddress,
} from './proxy-address.ts';

/** Field names are shorter; a longer one is not looked up. */
const MAX_FIELD_NAME_LENGTH = 40;

/** Of a list of protocols no more are kept: there are six names. */
const MAX_PROTOCOL_NAMES = 8;

/**
 * What a field of an entry says. `protocol` must be one that we know, whereas `type` is used for anonymity as often,
 * and `https` says yes or no.
 */
export type FieldKind = 'address' | 'port' | 'protocol' | 'type' | 'https' | 'country' | 'username' | 'password';

/** Field names as published lists have them, lower case, without spaces, `_`, `-` and `#`. The first of a kind wins. */
const NAMES_BY_KIND: Readonly<Record<FieldKind, readonly string[]>> = {
  address: [
    'ip',
    'ipaddress',
    'ipaddr',
    'host',
    'hostname',
    'addr',
    'address',
    'proxyip',
    'proxyaddress',
    'ip:port',
    'ipport',
    'ipaddress:port',
    'proxy',
  ],
  port: ['port', 'proxyport', 'portnumber'],
  protocol: ['protocol', 'protocols', 'schema', 'scheme', 'proto'],
  type: ['type', 'types', 'proxytype'],
  https: ['https'],
  country: ['countrycode', 'isocode', 'countryisocode', 'country', 'code', 'cc'],
  username: ['username', 'user', 'login'],
  password: ['password', 'pass'],
};

interface KnownField {
  kind: FieldKind;
  /** Position among the names of its kind; a lower one is the better source. */
  rank: number;
}

const FIELD_BY_NAME = new Map<string, KnownField>(
  (Object.keys(NAMES_BY_KIND) as FieldKind[]).flatMap((kind) =>
    NAMES_BY_KIND[kind].map((name, rank) => [name, { kind, rank }] as const),
  ),
);

const NO_TAGS = Object.freeze({});

/** What a JSON object or a table's row says about a proxy, gathered field by field. */
export interface EntryFields {
  /** Null: no field is named like an address. Its text is empty if the value can't be one. */
  address: { text: string; rank: number } | null;
  port: string | null;
  protocols: string[];
  types: string[];
  isHttps: boolean;
  country: { code: string; rank: number } | null;
  username: string | null;
  password: string | null;
}

export function createEntryFields(): EntryFields {
  return {
    address: null,
    port: null,
    protocols: [],
    types: [],
    isHttps: false,
    country: null,
    username: null,
    password: null,
  };
}

/** Finds what a field of this name says; null when it says nothing about a proxy. */
export function findField(name: string): KnownField | null {
  if (name.length > MAX_FIELD_NAME_LENGTH) return null;
  return FIELD_BY_NAME.get(name.toLowerCase().replace(/[\s_#-]+/g, '')) ?? null;
}

/** Notes one field. Names of protocols add up, of other kinds the best named one counts. */
export function setField(fields: EntryFields, field: KnownField, value: string | number | boolean | null): void {
  const text = typeof value === 'string' ? value.trim() : String(value ?? '');
  switch (field.kind) {
    case 'address':
      if (fields.address === null || field.rank <= fields.address.rank) {
        fields.address = { text: typeof value === 'string' ? text : '', rank: field.rank };
      }
      return;
    case 'country': {
      const code = parseCountry(text);
      if (code && (fields.country === null || field.rank <= fields.country.rank)) {
        fields.country = { code, rank: field.rank };
      }
      return;
    }
    case 'protocol':
      addNames(fields.protocols, text);
      return;
    case 'type':
      addNames(fields.types, text);
      return;
    case 'https':
      fields.isHttps = /^(?:yes|true|1|on|\+)$/i.test(text);
      return;
    case 'port':
      fields.port = text;
      return;
    default:
      fields[field.kind] = text === '' ? null : text;
  }
}

function addNames(names: string[], text: string): void {
  for (const name of text.split(/[\s,;/|&+]+/)) {
    if (name !== '' && names.length < MAX_PROTOCOL_NAMES) names.push(name);
  }
}

/** Makes the proxies that an entry names, one for each of its protocols; null when it names none that is valid. */
export function buildProxies(fields: EntryFields): ParsedProxy[] | null {
  const address = readAddress(fields);
  const credentials =
    fields.username === null && address?.username
      ? { username: address.username, password: address.password }
      : parseCredentials(fields.username, fields.username === null ? null : fields.password);
  const protocols = readProtocols(fields, address?.protocol ?? null);
  if (!address || !credentials || protocols.length === 0) return null;
  const { ip, port } = address;
  const country = fields.country?.code ?? null;
  return protocols.map((protocol) => ({ ip, port, protocol, ...credentials, country, tags: NO_TAGS }));
}

function readAddress({ address, port: portText }: EntryFields): ProxyAddress | null {
  if (address === null) return null;
  const ip = parseIpAddress(address.text);
  if (ip === null) return parseProxyAddress(address.text);
  const port = parsePort(portText ?? '');
  return port === null ? null : { ip, port, protocol: null, username: null, password: null };
}

/** Protocols in the order of how plainly they are named. `[null]` leaves it to the source, none at all is an unknown one. */
function readProtocols(fields: EntryFields, ofAddress: ProxyProtocol | null): (ProxyProtocol | null)[] {
  if (fields.protocols.length > 0) return knownProtocols(fields.protocols);
  const ofTypes = knownProtocols(fields.types);
  if (ofTypes.length > 0) return ofTypes;
  return [fields.isHttps ? 'https' : ofAddress];
}

function knownProtocols(names: readonly string[]): ProxyProtocol[] {
  const known = names.map(parseProtocol).filter((protocol) => protocol !== null);
  return [...new Set(known)];
}
