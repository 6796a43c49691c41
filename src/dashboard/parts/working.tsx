import { useState } from 'preact/hooks';
import { useNowMs } from '../app/clock.ts';
import { formatSpan } from './format.model.ts';

/** Long work: what is done, and for how long already. */
export function Working({ label }: { label: string }) {
  const [sinceMs] = useState(Date.now);
  const nowMs = useNowMs();
  return (
    <div class="working">
      <progress aria-label={label} />
      <span>
        {label} … {formatSpan(nowMs - sinceMs)}
      </span>
    </div>
  );
}
