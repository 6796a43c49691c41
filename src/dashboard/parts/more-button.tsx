interface MorePages {
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  fetchNextPage: () => Promise<unknown>;
}

/** Reads on in a list; nothing where it ends. */
export function MoreButton({ pages, label = 'More' }: { pages: MorePages; label?: string }) {
  if (!pages.hasNextPage) return null;
  return (
    <button type="button" disabled={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
      {pages.isFetchingNextPage ? 'Reading on …' : label}
    </button>
  );
}
