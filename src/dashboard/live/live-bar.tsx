import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { formatCount } from '../parts/format.model.ts';
import type { LiveState } from './event-stream.ts';
import type { Tail } from './tail.ts';

const words: Record<LiveState, string> = {
  connecting: 'Connecting …',
  live: 'Live',
  lost: 'Connection lost, trying again …',
};
const tones: Record<LiveState, string> = { connecting: 'tag-waiting', live: 'tag-good', lost: 'tag-bad' };

/** Whether what is shown is what happens. */
export function LiveTag({ state }: { state: LiveState }) {
  return <span class={`tag ${tones[state]}`}>{words[state]}</span>;
}

/** A tail that can be held: what is shown then stays as it was, and how much came since. */
export function usePause<Item>(tail: Tail<Item>) {
  const [held, setHeld] = useState<Tail<Item> | null>(null);
  return {
    isPaused: held !== null,
    shown: held ?? tail,
    newer: held === null ? 0 : Math.max(0, tail.came - held.came),
    toggle: () => setHeld(held === null ? tail : null),
  };
}

interface LiveBarProps {
  state: LiveState;
  hasGaps: boolean;
  isPaused: boolean;
  newer: number;
  onToggle: () => void;
  children?: ComponentChildren;
}

/** The state of a live list, and its pause. */
export function LiveBar({ state, hasGaps, isPaused, newer, onToggle, children }: LiveBarProps) {
  return (
    <div class="actions">
      <span role="status">
        {isPaused ? <span class="tag">Paused{newer > 0 ? `, ${formatCount(newer)} new` : ''}</span> : null}{' '}
        {!isPaused || state !== 'live' ? <LiveTag state={state} /> : null}{' '}
        {hasGaps && <span class="tag tag-waiting">Too much at once: some was left out</span>}
      </span>
      <button type="button" aria-pressed={isPaused} onClick={onToggle}>
        Pause
      </button>
      {children}
    </div>
  );
}
