import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { proxyProtocols } from '../proxies/proxies.types.ts';

export const sources = sqliteTable('sources', {
  id: text('id').primaryKey(),
  url: text('url').notNull().unique(),
  parserName: text('parser_name').notNull(),
  cronSchedule: text('cron_schedule'),
  defaultProtocol: text('default_protocol', { enum: proxyProtocols }).notNull(),
  poolNumber: integer('pool_number').notNull(),
  headersSealed: text('headers_sealed'),
  isActive: integer('is_active', { mode: 'boolean' }).notNull(),
  nextScrapeAtMs: integer('next_scrape_at'),
  scrapingUntilMs: integer('scraping_until'),
  lastScrapedAtMs: integer('last_scraped_at'),
  lastError: text('last_error'),
  consecutiveFailures: integer('consecutive_failures').notNull(),
  createdAtMs: integer('created_at').notNull(),
  updatedAtMs: integer('updated_at').notNull(),
});
