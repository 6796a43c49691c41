import { useState } from 'preact/hooks';
import type { GatewayCredential, GatewayCredentials } from '../../api/gateway-types.ts';
import { useAnswer } from '../../api/queries.ts';
import { Card } from '../../parts/card.tsx';
import { DeleteButton } from '../../parts/delete-button.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { EditCredential, NewCredential } from './credential-dialog.tsx';
import { partPath } from './paths.ts';

function CredentialRow({ credential }: { credential: GatewayCredential }) {
  const [isChanging, setIsChanging] = useState(false);
  const { sKey, clientId, credentialName, credentialType, credentialAuthType, credentialRegion } = credential;
  return (
    <li class="part">
      <p>
        <strong>{credentialName}</strong>{' '}
        <span class="tag">{credentialType === 'proxy' ? 'shown by callers' : 'shown to the target'}</span>{' '}
        <span class="tag">{credentialAuthType}</span> <span class="tag">{credentialRegion}</span>
      </p>
      <div class="actions">
        <button type="button" aria-label={`Change ${credentialName}`} onClick={() => setIsChanging(true)}>
          Change
        </button>
        <DeleteButton
          what="this credential"
          path={partPath(clientId, 'credentials', sKey)}
          changes={['/api/clients']}
          done="Deleted."
        >
          <p>{credentialName}</p>
        </DeleteButton>
      </div>
      {isChanging && <EditCredential credential={credential} onClose={() => setIsChanging(false)} />}
    </li>
  );
}

export function Credentials({ clientId }: { clientId: string }) {
  const credentials = useAnswer<GatewayCredentials>(partPath(clientId, 'credentials'));
  const [isAdding, setIsAdding] = useState(false);
  const list = credentials.data?.credentials ?? [];
  const add = (
    <button type="button" onClick={() => setIsAdding(true)}>
      New credential
    </button>
  );
  return (
    <Card title="Credentials" aside={add}>
      {credentials.error && <ErrorNote error={credentials.error} />}
      {credentials.data && list.length === 0 && (
        <p class="muted">
          A proxy needs two: one that your programs show to the gateway, one that the gateway shows to the API behind.
          What you enter is stored encrypted and never shown again.
        </p>
      )}
      <ul class="parts" aria-label="Credentials">
        {list.map((credential) => (
          <CredentialRow key={credential.sKey} credential={credential} />
        ))}
      </ul>
      {isAdding && <NewCredential clientId={clientId} onClose={() => setIsAdding(false)} />}
    </Card>
  );
}
