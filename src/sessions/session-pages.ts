/** What stands beside the items of a page that is named by its number. */
export function pageOfNumber({ page, per_page }: { page: number; per_page: number }, total: number) {
  return { total, page, per_page, total_pages: Math.ceil(total / per_page) };
}
