import type { ComponentChildren } from 'preact';
import { useAction } from '../../api/action.ts';
import { askGraphql } from '../../api/graphql.ts';
import type { RoutingPlan } from '../../api/routing-types.ts';
import { ErrorNote } from '../../parts/error-note.tsx';
import { FormDialog } from '../../parts/form-dialog.tsx';
import { type Change, describePlan, mutationOf } from './changes.model.ts';
import { ROUTING, usePlan } from './routing-queries.ts';

/** More would push the button out of sight. */
const SHOWN_ADDRESSES = 20;

function Addresses({ sign, tone, addresses }: { sign: string; tone: string; addresses: readonly string[] }) {
  const left = addresses.length - SHOWN_ADDRESSES;
  return (
    <>
      {addresses.slice(0, SHOWN_ADDRESSES).map((address) => (
        <li key={address} class={`diff-${tone}`}>
          {sign} {address}
        </li>
      ))}
      {left > 0 && (
        <li class={`diff-${tone}`}>
          {sign} {left} more
        </li>
      )}
    </>
  );
}

function Diff({ plan }: { plan: RoutingPlan }) {
  return (
    <>
      <p class="note note-good">{describePlan(plan)}</p>
      <ul class="diff" aria-label="Addresses that targets gain or lose">
        <Addresses sign="+" tone="added" addresses={plan.addedIps} />
        <Addresses sign="−" tone="removed" addresses={plan.removedIps} />
      </ul>
    </>
  );
}

interface ChangeDialogProps {
  title: string;
  submit: string;
  done: string;
  change: Change;
  /** False while the form can't be meant yet: a name is missing. */
  isReady?: boolean;
  onClose: () => void;
  children?: ComponentChildren;
}

/** A change of the routing: its form, what it would do, and the button that does it. */
export function ChangeDialog({ title, submit, done, change, isReady = true, onClose, children }: ChangeDialogProps) {
  const changing = useAction({
    run: () => askGraphql(mutationOf(change.name), change.variables),
    changes: [ROUTING],
    done,
    onDone: onClose,
  });
  return (
    <FormDialog title={title} submit={submit} action={changing} onClose={onClose}>
      {children}
      <section aria-label="What it would change" aria-live="polite">
        <h3>What it would change</h3>
        {isReady ? <Preview change={change} /> : <p class="muted">It is shown here when the form is filled in.</p>}
      </section>
    </FormDialog>
  );
}

function Preview({ change }: { change: Change }) {
  const { plan, isSettled } = usePlan(change);
  if (!isSettled || plan.isPending) return <p class="muted">Asking …</p>;
  if (plan.error) return <ErrorNote error={plan.error} />;
  return <Diff plan={plan.data.answer} />;
}
