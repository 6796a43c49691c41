/** Texts that have broken parsers, terminals, databases or file names somewhere. */
export const hostileTexts: readonly string[] = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\ud800',
  '\udc00\ud800',
  'abc\u202edef',
  '\u2066right\u2069',
  '\u200b',
  '\ufeff',
  '\ufffe\uffff',
  '👩‍👩‍👧‍👦',
  '🏴󠁧󠁢󠁥󠁮󠁧󠁿',
  'ı̇ſK',
  'A\u0301\u0327'.repeat(50),
  'x'.repeat(10_000),
  '💩'.repeat(5_000),
  '\r\nx-injected: 1',
  "'; DROP TABLE accounts; --",
  '%00',
  '%',
  '../../../etc/passwd',
  '<script>alert(1)</script>',
  '{{7*7}}',
  '__proto__',
  'constructor',
  'null',
  'undefined',
  'NaN',
  '1e999',
  '-0',
  '0x10',
  '٣',
  'true',
  '[]',
  'http://',
  'http://[',
  'javascript:alert(1)',
  'http://127.0.0.1:1/\u0000.txt',
  'http://user:password@127.0.0.1:1/x.txt',
  '2026-02-30T25:61:61Z',
  '* * * * * * *',
  '0 0 30 2 *',
];

/** Values of other types than a field has, and numbers at the edge of what numbers can be. */
export const hostileValues: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  2 ** 31,
  2 ** 53,
  -(2 ** 63),
  1e300,
  Number.MIN_VALUE,
  [],
  [[]],
  ['a', 1],
  {},
  { toString: 'x' },
  { length: 1e9 },
  Object.fromEntries([['__proto__', { role: 'admin' }]]),
  Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`field-${index}`, index])),
  ...hostileTexts,
];

/** Nesting that a recursive parser would not survive. */
const DEEP_LEVELS = 50_000;

/** Bodies that are not the JSON object that an operation takes, and the code they must get; null: any refusal. */
export const hostileBodies: readonly { text: string; code: string | null }[] = [
  { text: '', code: 'INVALID_JSON' },
  { text: ' ', code: 'INVALID_JSON' },
  { text: '{', code: 'INVALID_JSON' },
  { text: '{"a":1', code: 'INVALID_JSON' },
  { text: '{"a":1}}', code: 'INVALID_JSON' },
  { text: "{'a':1}", code: 'INVALID_JSON' },
  { text: '{"a":NaN}', code: 'INVALID_JSON' },
  { text: '{"a":01}', code: 'INVALID_JSON' },
  { text: '{"a":"\u0001"}', code: 'INVALID_JSON' },
  { text: '{"a":"\\ud8"}', code: 'INVALID_JSON' },
  { text: 'undefined', code: 'INVALID_JSON' },
  { text: '<xml/>', code: 'INVALID_JSON' },
  { text: 'a=1&b=2', code: 'INVALID_JSON' },
  { text: '['.repeat(DEEP_LEVELS), code: 'INVALID_JSON' },
  { text: '{"a":'.repeat(DEEP_LEVELS), code: 'INVALID_JSON' },
  { text: '['.repeat(DEEP_LEVELS) + ']'.repeat(DEEP_LEVELS), code: null },
  { text: 'null', code: 'VALIDATION_ERROR' },
  { text: 'true', code: 'VALIDATION_ERROR' },
  { text: '42', code: 'VALIDATION_ERROR' },
  { text: '1e999', code: 'VALIDATION_ERROR' },
  { text: '"{}"', code: 'VALIDATION_ERROR' },
  { text: '[]', code: 'VALIDATION_ERROR' },
  { text: '[{}]', code: 'VALIDATION_ERROR' },
];

/** Ids in paths that are nobody's, as they stand in a URL. */
export const hostilePathParts: readonly string[] = [
  'not-a-uuid',
  '0',
  '-1',
  '%00',
  '%F0%9F%92%A9',
  '%ff',
  '%E0%80%80',
  '%ZZ',
  '%25',
  '..%2f..%2fadmin',
  "'%20OR%201=1--",
  'undefined',
  'x'.repeat(2_000),
  '01890000-0000-7000-8000-00000000000',
  '01890000-0000-7000-8000-0000000000000',
  '01890000_0000_7000_8000_000000000000',
  '00000000-0000-0000-0000-000000000000',
  'ffffffff-ffff-ffff-ffff-ffffffffffff',
  '01890000-0000-7FFF-8000-000000000000',
];

/** Content types that are no JSON. */
export const otherContentTypes: readonly string[] = [
  'text/plain',
  'application/xml',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/jsonx',
  'application',
  'text/json-not',
];

/** Names that no object of ours has as a field. */
export const hostileFieldNames: readonly string[] = [
  'no_such_field',
  '',
  '__proto__',
  'constructor',
  'toString',
  '\ud800',
  'x'.repeat(10_000),
];

const asCursor = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Cursors that no list gave out. */
export const hostileCursors: readonly string[] = [
  ...hostileTexts,
  'eyJpZCI6Ii4uLiJ9',
  asCursor(null),
  asCursor([]),
  asCursor({ list: 'x', after: ['y'] }),
  asCursor({ list: 'x', after: [1, 2, 3] }),
  asCursor({ list: 1, after: {} }),
  asCursor({ __proto__: null, list: '', after: [null] }),
];

/** Header values that HTTP allows (RFC 9110 section 5.5); no program needs them. */
export const hostileHeaderValues: readonly string[] = [
  '',
  ' ',
  'with space',
  'caf\u00e9',
  '\u00ff'.repeat(20),
  'a\tb',
  'x'.repeat(256),
  'x'.repeat(4_000),
];
