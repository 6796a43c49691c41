/** Whatever ends a line somewhere: as written, as escapes that some layer decodes, and code points whose low byte is one. */
const LINE_ENDS = [
  '\r\n',
  '\n',
  '\r',
  '\n\r',
  '\r\r\n',
  '\0',
  '\x0b',
  '\x0c',
  '\x85',
  '\u2028',
  '\u2029',
  '\u560d\u560a',
  '\u010d\u010a',
  '\u020a',
  '\uff0a',
  '\u240d\u240a',
  '\u{1f60a}\u{1040d}',
  '\ud80d\ud80a',
  '%0d%0a',
  '%0D%0A',
  '%250d%250a',
  '%E5%98%8D%E5%98%8A',
  '%c0%8d%c0%8a',
  '\\r\\n',
  '&#13;&#10;',
  ' \r\n ',
  '\t\r\n\t',
  '\r\n\r\n',
  '\x1b\r\n',
  '\x7f\n',
] as const;

/** What somebody would have follow it. */
const PAYLOADS = [
  'X-Injected: 1',
  ' folded: X-Injected: 1',
  'Host: elsewhere.test',
  'Transfer-Encoding: chunked',
  'Content-Length: 0\r\n\r\nGET /injected HTTP/1.1\r\nHost: elsewhere.test',
  'HTTP/1.1 200 OK\r\nX-Injected: 1',
  'Proxy-Authorization: Basic eDp5',
] as const;

/** 210 texts that try to start a line of their own. */
export const injectionStrings: readonly string[] = LINE_ENDS.flatMap((lineEnd) => {
  return PAYLOADS.map((payload) => `before${lineEnd}${payload}`);
});
