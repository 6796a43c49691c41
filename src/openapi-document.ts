import { version } from './version.ts';

/** The head of /openapi.json; the paths come from the routes themselves. */
export const openApiDocument = {
  openapi: '3.1.0',
  info: {
    title: 'Switchyard',
    version,
    description: 'Proxies that are alive, exclusive and honest about themselves, leased for credits.',
    license: { name: 'MIT', identifier: 'MIT' },
  },
};

export const apiKeySecurity = {
  type: 'http',
  scheme: 'bearer',
  description: 'An API key (`pp_…`), as `Authorization: Bearer KEY`, `Authorization: KEY` or `X-API-Key: KEY`.',
} as const;
