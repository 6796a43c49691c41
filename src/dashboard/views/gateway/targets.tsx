import { useState } from 'preact/hooks';
import type { GatewayTarget, GatewayTargets } from '../../api/gateway-types.ts';
import { useAnswer } from '../../api/queries.ts';
import { Card } from '../../parts/card.tsx';
import { DeleteButton } from '../../parts/delete-button.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { partPath } from './paths.ts';
import { TargetDialog } from './target-dialog.tsx';

export function Targets({ clientId }: { clientId: string }) {
  const targets = useAnswer<GatewayTargets>(partPath(clientId, 'targets'));
  const [asked, setAsked] = useState<{ target: GatewayTarget | null } | null>(null);
  const list = targets.data?.targets ?? [];
  const add = (
    <button type="button" onClick={() => setAsked({ target: null })}>
      New target
    </button>
  );
  return (
    <Card title="Targets" aside={add}>
      {targets.error && <ErrorNote error={targets.error} />}
      {targets.data && list.length === 0 && <p class="muted">The APIs that your programs shall reach through here.</p>}
      <ul class="parts" aria-label="Targets">
        {list.map((target) => (
          <li key={target.sKey} class="part">
            <p>
              <strong>{target.targetName}</strong> <code>{target.targetBaseURL}</code>{' '}
              <span class="tag">{target.targetRegion}</span>
            </p>
            <div class="actions">
              <button type="button" aria-label={`Change ${target.targetName}`} onClick={() => setAsked({ target })}>
                Change
              </button>
              <DeleteButton
                what="this target"
                path={partPath(clientId, 'targets', target.sKey)}
                changes={['/api/clients']}
                done="Deleted."
              >
                <p>{target.targetName}</p>
              </DeleteButton>
            </div>
          </li>
        ))}
      </ul>
      {asked && <TargetDialog clientId={clientId} target={asked.target} onClose={() => setAsked(null)} />}
    </Card>
  );
}
