import type { ScheduledJob } from '../../schedules.ts';

/** Each minute: sources whose time has come go to the queue SCRAPES. */
export const scrapeDueSourcesJob: ScheduledJob = {
  name: 'scrape due sources',
  process: 'scraper',
  async run(services) {
    const sent = await services.scrapes.enqueueDue();
    return sent === 0 ? null : `${sent} sources sent to the queue`;
  },
};
