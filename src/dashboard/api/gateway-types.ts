import type { z } from 'zod';
import type { proxiesSchema } from '../../gateway/api-proxies/api-proxies.schemas.ts';
import type { clientsSchema } from '../../gateway/clients/clients.schemas.ts';
import type { credentialsSchema } from '../../gateway/credentials/credentials.schemas.ts';
import type { rulesSchema, simulationSchema } from '../../gateway/rules/rules.schemas.ts';
import type { targetsSchema } from '../../gateway/targets/targets.schemas.ts';

export type GatewayClients = z.infer<typeof clientsSchema>;
export type GatewayProxies = z.infer<typeof proxiesSchema>;
export type GatewayProxy = GatewayProxies['proxies'][number];
export type GatewayCredentials = z.infer<typeof credentialsSchema>;
export type GatewayCredential = GatewayCredentials['credentials'][number];
export type GatewayTargets = z.infer<typeof targetsSchema>;
export type GatewayTarget = GatewayTargets['targets'][number];
export type GatewayRules = z.infer<typeof rulesSchema>;
export type GatewayRule = GatewayRules['rules'][number];
export type Simulation = z.infer<typeof simulationSchema>['simulation'];
