ALTER TABLE sources ADD COLUMN scraping_until INTEGER; -- ms, the end of the claim of the scrape that runs, else NULL
