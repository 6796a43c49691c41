import type { z } from 'zod';
import type { sessionStatsSchema } from '../../sessions/figures.schemas.ts';
import type { sessionDetailSchema, sessionPageSchema } from '../../sessions/sessions.schemas.ts';

export type SessionStats = z.infer<typeof sessionStatsSchema>;
export type SessionPage = z.infer<typeof sessionPageSchema>;
export type SessionDetail = z.infer<typeof sessionDetailSchema>;
export type ClientSession = SessionPage['sessions'][number];
