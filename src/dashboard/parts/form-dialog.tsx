import type { ComponentChildren } from 'preact';
import { Drawer } from './drawer.tsx';
import { ErrorNote } from './error-note.tsx';

interface FormDialogProps {
  title: string;
  /** What its button says. */
  submit: string;
  action: { mutate: (input: undefined) => void; isPending: boolean; error: Error | null };
  onClose: () => void;
  children: ComponentChildren;
}

/** A question with fields and one button. */
export function FormDialog({ title, submit, action, onClose, children }: FormDialogProps) {
  return (
    <Drawer title={title} kind="middle" onClose={onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          action.mutate(undefined);
        }}
      >
        {children}
        {action.error && <ErrorNote error={action.error} />}
        <button type="submit" class="primary" disabled={action.isPending}>
          {action.isPending ? 'One moment …' : submit}
        </button>
      </form>
    </Drawer>
  );
}
