import { useMutation } from '@tanstack/preact-query';
import { answerOf } from '../api/call.ts';
import { ErrorNote } from './error-note.tsx';

/** A file is handed to the browser, which takes it some moments later. */
const KEPT_MS = 60_000;

function fileNameOf(disposition: string | null): string {
  return /filename="([^"]+)"/.exec(disposition ?? '')?.[1] ?? 'switchyard';
}

/** A link could not show the key: the file is fetched, and saved from here. */
async function download(path: string): Promise<void> {
  const response = await answerOf('GET', path, { accept: '*/*' });
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement('a');
  link.href = url;
  link.download = fileNameOf(response.headers.get('content-disposition'));
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), KEPT_MS);
}

/** Saves what the API gives as a file. */
export function DownloadButton({ path, label }: { path: string; label: string }) {
  const saving = useMutation({ mutationFn: () => download(path) });
  return (
    <>
      <button type="button" disabled={saving.isPending} onClick={() => saving.mutate()}>
        {saving.isPending ? 'Fetching …' : label}
      </button>
      {saving.error && <ErrorNote error={saving.error} />}
    </>
  );
}
