import type { z } from '@hono/zod-openapi';
import type {
  createSourceSchema,
  listSourcesQuery,
  patchSourceSchema,
  previewSourceSchema,
} from './sources.schemas.ts';

export type NewSource = z.infer<typeof createSourceSchema>;
export type SourceChange = z.infer<typeof patchSourceSchema>;
export type SourcePage = z.infer<typeof listSourcesQuery>;
export type PreviewRequest = z.infer<typeof previewSourceSchema>;

/** A message of the queue SCRAPES: a hint that this source is due. The row is the truth. */
export interface ScrapeMessage {
  sourceId: string;
}
