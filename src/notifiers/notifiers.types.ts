import type { z } from '@hono/zod-openapi';
import type {
  createNotifierSchema,
  listDeliveriesQuery,
  listNotifiersQuery,
  patchNotifierSchema,
} from './notifiers.schemas.ts';
import type { notifierDeliveries, notifiers } from './notifiers.tables.ts';

export type NewNotifier = z.infer<typeof createNotifierSchema>;
export type NotifierChange = z.infer<typeof patchNotifierSchema>;
export type NotifierPage = z.infer<typeof listNotifiersQuery>;
export type DeliveryPage = z.infer<typeof listDeliveriesQuery>;

export type NotifierRow = typeof notifiers.$inferSelect;
export type DeliveryRow = typeof notifierDeliveries.$inferSelect;

/** Names one delivery. */
export interface DeliveryKey {
  notifierId: string;
  eventId: string;
}

/** A message of the queue NOTIFICATIONS: a hint. The rows are the truth. */
export type NotificationMessage =
  /** This delivery is due. */
  | { kind: 'delivery'; notifierId: string; eventId: string }
  /** The outbox has events. */
  | { kind: 'outbox' };
