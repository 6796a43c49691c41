import { formatAgo } from '../parts/format.model.ts';
import { useNowMs } from './clock.ts';
import { connection } from './connection.ts';
import { useStore } from './store.ts';

function Since({ lastAnswerAtMs }: { lastAnswerAtMs: number | null }) {
  const nowMs = useNowMs();
  if (lastAnswerAtMs === null) return null;
  return <> What you see is from {formatAgo(new Date(lastAnswerAtMs).toISOString(), nowMs)}.</>;
}

/** Says that the server is away, and that the page is trying. Nothing while all is well. */
export function ConnectionNote() {
  const { isReachable, lastAnswerAtMs } = useStore(connection);
  return (
    <div class="connection" role="status" aria-live="polite">
      {!isReachable && (
        <div class="note note-warning">
          <p>
            <strong>Connection lost.</strong> Trying again …
            <Since lastAnswerAtMs={lastAnswerAtMs} />
          </p>
        </div>
      )}
    </div>
  );
}
