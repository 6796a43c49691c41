import { exports } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { createClient, echoUrl, seenBy } from './support.ts';

/** The Worker under test in place of the reference's host; else the example is word for word the reference's. */
const baseUrl = 'http://switchyard.test';

async function send(path: string, userToken: string, body: object) {
  const response = await exports.default.fetch(
    new Request(`${baseUrl}${path}`, {
      method: 'POST',
      headers: { Authorization: userToken, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    }),
  );
  expect(response.status).toBe(201);
  return response.json<Record<string, { sKey: string; proxyRegion: string }[]>>();
}

it("the reference's Complete Setup Example works as it stands, and its proxyURL path answers from the real target", async () => {
  const { key: userToken, clientId } = await createClient();
  const proxyCred = await send(`/api/clients/${clientId}/credentials`, userToken, {
    credentialName: 'App API Key',
    credentialType: 'proxy',
    credentialAuthType: 'key',
    credentialRegion: 'us-east-1',
    credentialSecret: { key: 'X-API-Key', value: 'app-key', addToHeader: true },
  });
  const targetCred = await send(`/api/clients/${clientId}/credentials`, userToken, {
    credentialName: 'Stripe Token',
    credentialType: 'target',
    credentialAuthType: 'bearer',
    credentialRegion: 'us-east-1',
    credentialSecret: { token: 'sk_test_stripe', addToHeader: true },
  });
  const target = await send(`/api/clients/${clientId}/targets`, userToken, {
    targetName: 'Stripe API',
    targetRegion: 'us-east-1',
    targetBaseURL: echoUrl,
    targetTestPath: '/v1/customers',
  });
  const proxy = await send(`/api/clients/${clientId}/proxies`, userToken, {
    proxyName: 'Stripe Proxy',
    proxyRegion: 'us-east-1',
    proxyProxyCredentialId: proxyCred.credentials?.[0]?.sKey,
    proxyTargetId: target.targets?.[0]?.sKey,
    proxyTargetCredentialId: targetCred.credentials?.[0]?.sKey,
    proxyActive: true,
    proxyDefaultRuleEffect: 'allow',
  });
  expect(proxy.proxies?.[0]).toMatchObject({ pKey: clientId, clientId, parentId: clientId, proxyRegion: 'us-east-1' });

  const answer = await exports.default.fetch(
    new Request(`${baseUrl}/api/${proxy.proxies?.[0]?.sKey}/v1/customers?limit=3`, {
      headers: { 'X-API-Key': 'app-key' },
    }),
  );
  expect(answer.headers.get('requestrocket-proxy-code')).toBe('proxy-access-granted');
  const { requestLine, headers } = await seenBy(answer);
  expect(requestLine).toBe('GET /v1/customers?limit=3 HTTP/1.1');
  expect(headers.authorization).toBe('Bearer sk_test_stripe');
  expect(headers).not.toHaveProperty('x-api-key');
});
