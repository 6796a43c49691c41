import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { useAction } from '../api/action.ts';
import { call } from '../api/call.ts';
import { Drawer } from './drawer.tsx';
import { ErrorNote } from './error-note.tsx';

interface DeleteButtonProps {
  /** `this source`. */
  what: string;
  path: string;
  changes: readonly string[];
  done: string;
  disabled?: boolean;
  /** Which one, and what its end means. */
  children: ComponentChildren;
}

/** Deletes something, once it is asked again. */
export function DeleteButton({ what, path, changes, done, disabled = false, children }: DeleteButtonProps) {
  const [isAsking, setIsAsking] = useState(false);
  const remove = useAction({
    run: () => call('DELETE', path),
    changes,
    done,
    onDone: () => setIsAsking(false),
  });
  return (
    <>
      <button type="button" class="danger" disabled={disabled} onClick={() => setIsAsking(true)}>
        Delete
      </button>
      {isAsking && (
        <Drawer title={`Delete ${what}?`} kind="middle" onClose={() => setIsAsking(false)}>
          {children}
          {remove.error && <ErrorNote error={remove.error} />}
          <div class="actions">
            <button type="button" class="danger" disabled={remove.isPending} onClick={() => remove.mutate(undefined)}>
              Delete it
            </button>
            <button type="button" onClick={() => setIsAsking(false)}>
              Keep it
            </button>
          </div>
        </Drawer>
      )}
    </>
  );
}
