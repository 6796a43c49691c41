import type { Scenario } from './scenario.types.ts';
import { bookScenario } from './scenarios/book.scenario.ts';
import { checkRowsScenario, checksScenario, slowChecksScenario } from './scenarios/checks.scenario.ts';
import { feedScenario } from './scenarios/feed.scenario.ts';
import { gatewayScenario } from './scenarios/gateway.scenario.ts';
import { leasesScenario } from './scenarios/leases.scenario.ts';
import { listScenario } from './scenarios/list.scenario.ts';
import { pageScenario } from './scenarios/page.scenario.ts';
import { patternsScenario } from './scenarios/patterns.scenario.ts';
import { rotorScenario } from './scenarios/rotor.scenario.ts';
import { tlsScenario } from './scenarios/tls.scenario.ts';

/** In this order. */
export const scenarios: readonly Scenario[] = [
  leasesScenario,
  bookScenario,
  checksScenario,
  slowChecksScenario,
  checkRowsScenario,
  listScenario,
  tlsScenario,
  rotorScenario,
  gatewayScenario,
  feedScenario,
  pageScenario,
  patternsScenario,
];
