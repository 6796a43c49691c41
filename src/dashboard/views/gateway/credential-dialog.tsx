import { useState } from 'preact/hooks';
import { useAction } from '../../api/action.ts';
import { call } from '../../api/call.ts';
import type { GatewayCredential } from '../../api/gateway-types.ts';
import { Field, SelectField, TextField } from '../../parts/field.tsx';
import { FormDialog } from '../../parts/form-dialog.tsx';
import { EffectField } from './effect-field.tsx';
import { DEFAULT_REGION, partPath } from './paths.ts';
import { type AuthType, authTypes, emptySecret, type SecretFields, secretOf, targetAuthTypes } from './secret.model.ts';

const authNames: Record<AuthType, string> = {
  key: 'A key in a header or the query',
  bearer: 'A bearer token',
  basic: 'User name and password',
  oauth2: 'OAuth2 client credentials',
  none: 'Nothing',
};

const places = [
  ['header', 'A header'],
  ['query', 'The query'],
] as const;

interface SecretInputsProps {
  type: AuthType;
  secret: SecretFields;
  onChange: (secret: SecretFields) => void;
}

/** The gateway fetches the token with these, keeps it and renews it. */
function OauthInputs({ secret, onChange }: Omit<SecretInputsProps, 'type'>) {
  const set = (name: keyof SecretFields) => (value: string) => onChange({ ...secret, [name]: value });
  return (
    <>
      <TextField
        label="Token URL"
        type="url"
        required
        placeholder="https://login.example.com/oauth/token"
        value={secret.tokenUrl}
        onValue={set('tokenUrl')}
      />
      <TextField label="Scope" value={secret.scope} onValue={set('scope')} />
      <TextField label="Audience" value={secret.audience} onValue={set('audience')} />
    </>
  );
}

function SecretInputs({ type, secret, onChange }: SecretInputsProps) {
  if (type === 'none') return null;
  const set = (name: keyof SecretFields) => (value: string) => onChange({ ...secret, [name]: value });
  const valueLabel = { key: 'Key', bearer: 'Token', basic: 'Password', oauth2: 'Client secret' }[type];
  const nameLabel = { key: 'Name of it', basic: 'User name', oauth2: 'Client id' };
  return (
    <div class="fields">
      {type === 'key' && <SelectField label="Where" value={secret.place} onValue={set('place')} options={places} />}
      {type !== 'bearer' && (
        <TextField
          label={nameLabel[type]}
          placeholder={type === 'key' ? 'X-API-Key' : ''}
          required
          value={secret.name}
          onValue={set('name')}
        />
      )}
      {type === 'oauth2' && <OauthInputs secret={secret} onChange={onChange} />}
      <Field label={valueLabel} hint="Stored encrypted, never shown again.">
        {(id) => (
          <input
            id={id}
            type="password"
            autocomplete="new-password"
            required={type !== 'basic'}
            value={secret.value}
            onInput={(event) => set('value')(event.currentTarget.value)}
          />
        )}
      </Field>
    </div>
  );
}

export function NewCredential({ clientId, onClose }: { clientId: string; onClose: () => void }) {
  const [fields, setFields] = useState({ name: '', kind: 'proxy', region: DEFAULT_REGION });
  const [type, setType] = useState<AuthType>('key');
  const [secret, setSecret] = useState(emptySecret);
  const set = (name: keyof typeof fields) => (value: string) => setFields({ ...fields, [name]: value });
  const allowed = fields.kind === 'proxy' ? authTypes : targetAuthTypes;
  const adding = useAction({
    run: () =>
      call('POST', partPath(clientId, 'credentials'), {
        json: {
          credentialName: fields.name,
          credentialType: fields.kind,
          credentialAuthType: type,
          credentialRegion: fields.region,
          credentialSecret: secretOf(type, secret),
        },
      }),
    changes: [partPath(clientId, 'credentials')],
    done: 'Created.',
    onDone: onClose,
  });
  return (
    <FormDialog title="New credential" submit="Store it" action={adding} onClose={onClose}>
      <div class="fields">
        <TextField label="Name" required value={fields.name} onValue={set('name')} />
        <SelectField
          label="Who shows it"
          value={fields.kind}
          onValue={(kind) => {
            set('kind')(kind);
            setType('key');
          }}
          options={[
            ['proxy', 'Callers, to the gateway'],
            ['target', 'The gateway, to the target'],
          ]}
        />
        <SelectField
          label="What it is"
          value={type}
          onValue={(value) => setType(allowed.find((known) => known === value) ?? 'key')}
          options={allowed.map((value) => [value, authNames[value]] as const)}
        />
        <TextField label="Region" required value={fields.region} onValue={set('region')} />
      </div>
      <SecretInputs type={type} secret={secret} onChange={setSecret} />
    </FormDialog>
  );
}

/** Renames a credential, or changes its gate's default. What it holds is never shown and can't be changed. */
export function EditCredential({ credential, onClose }: { credential: GatewayCredential; onClose: () => void }) {
  const { clientId, sKey, credentialName, credentialDefaultRuleEffect } = credential;
  const [fields, setFields] = useState({ credentialName, credentialDefaultRuleEffect });
  const changing = useAction({
    run: () => call('PUT', partPath(clientId, 'credentials', sKey), { json: fields }),
    changes: [partPath(clientId, 'credentials')],
    done: 'Changed.',
    onDone: onClose,
  });
  return (
    <FormDialog title={`Change ${credentialName}`} submit="Change it" action={changing} onClose={onClose}>
      <TextField
        label="Name"
        required
        value={fields.credentialName}
        onValue={(name) => setFields({ ...fields, credentialName: name })}
      />
      <EffectField
        value={fields.credentialDefaultRuleEffect}
        onValue={(effect) => setFields({ ...fields, credentialDefaultRuleEffect: effect })}
      />
      <p class="muted">The secret can’t be changed: store a new credential and join the proxy with that.</p>
    </FormDialog>
  );
}
