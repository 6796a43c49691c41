import { ApiError } from '../api/api-error.ts';
import { adviceFor } from '../api/refusal.model.ts';

interface PlainErrorProps {
  message: string;
  advice?: string;
  retry?: () => void;
}

/** What went wrong, what to do, and a button that does it where there is one. */
export function PlainError({ message, advice = '', retry }: PlainErrorProps) {
  return (
    <div class="note note-error" role="alert">
      <p>
        <strong>{message}</strong> {advice}
      </p>
      {retry && (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** The same for what the API said. */
export function ErrorNote({ error, retry }: { error: Error; retry?: () => void }) {
  if (!(error instanceof ApiError)) {
    const advice = 'This is our mistake: load the page again, and tell your operator if it stays.';
    return <PlainError message="Something went wrong on this page." advice={advice} />;
  }
  const { refusal } = error;
  const fields = refusal.issues.map(({ path, message }) => `${path}: ${message}`).join('; ');
  const message = fields === '' ? refusal.message : `${refusal.message} ${fields}.`;
  return <PlainError message={message} advice={adviceFor(refusal)} {...(retry ? { retry } : {})} />;
}
