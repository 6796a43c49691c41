import type { Notifier } from './notifier.types.ts';
import { smtpNotifier } from './smtp.notifier.ts';
import { webhookNotifier } from './webhook.notifier.ts';

/** All kinds of notifiers, by the name on the wire. */
export const notifierKinds = { webhook: webhookNotifier, smtp: smtpNotifier } as const;

export type NotifierKind = keyof typeof notifierKinds;

export function findNotifierKind(name: string): Notifier | null {
  return Object.values<Notifier>(notifierKinds).find((kind) => kind.name === name) ?? null;
}
