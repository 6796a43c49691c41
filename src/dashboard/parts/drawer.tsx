import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { Icon } from './icon.tsx';

interface DrawerProps {
  title: ComponentChildren;
  /** At the side of the page for something of a list, in its middle for a question. */
  kind?: 'side' | 'middle';
  onClose: () => void;
  children: ComponentChildren;
}

/** A dialog: the browser keeps the focus inside, Escape closes it, and the focus goes back where it was. */
export function Drawer({ title, kind = 'side', onClose, children }: DrawerProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      class={`drawer drawer-${kind}`}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <header class="drawer-header">
        <h2 id={id}>{title}</h2>
        <button type="button" class="quiet" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <div class="drawer-body">{children}</div>
    </dialog>
  );
}
