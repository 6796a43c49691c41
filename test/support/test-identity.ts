import { join } from 'node:path';

/** Where `npm test` put the key and the certificate of `localhost` that the Workers under test trust (dev/test.ts). */
export function testIdentityFiles(): { key: string; cert: string } {
  const directory = process.env.SWITCHYARD_TEST_IDENTITY;
  if (directory === undefined) throw new Error('run the tests by `npm test`: it makes a certificate for their servers');
  return { key: join(directory, 'localhost.key'), cert: join(directory, 'localhost.crt') };
}
