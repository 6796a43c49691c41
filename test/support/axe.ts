import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { projectRoot } from '../../dev/project.ts';

interface AxeResult {
  violations: { id: string; impact: string | null; nodes: { target: string[]; failureSummary: string }[] }[];
}

/** What axe-core finds on a page as it is, the serious and the critical, of all rules but some; empty when all is well. */
export async function seriousFindings(page: Page, exceptRules: readonly string[] = []): Promise<string[]> {
  // By the page's policy no script of ours may be added to it: the debugger's evaluation is not the page's.
  await page.evaluate(await readFile(join(projectRoot, 'node_modules', 'axe-core', 'axe.min.js'), 'utf8'));
  const { violations } = await page.evaluate<AxeResult>("axe.run(document, { resultTypes: ['violations'] })");
  return violations
    .filter(({ id, impact }) => !exceptRules.includes(id) && (impact === 'serious' || impact === 'critical'))
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id} ${target.join(' ')}: ${failureSummary}`),
    );
}
