import { Icon } from './icon.tsx';
import { say } from './toast.tsx';

async function copy(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    say(`Copied ${what}.`);
  } catch {
    say(`The browser does not let this page copy: select ${what} and copy it yourself.`);
  }
}

/** Puts a text on the clipboard; `what` names it: `the key`. */
export function CopyButton({ text, what, label }: { text: string; what: string; label?: string }) {
  return (
    <button
      type="button"
      class={label === undefined ? 'quiet' : ''}
      title={`Copy ${what}`}
      aria-label={label === undefined ? `Copy ${what}` : undefined}
      onClick={() => void copy(text, what)}
    >
      <Icon name="copy" />
      {label}
    </button>
  );
}
