import type { ProxiedRequestDetail } from '../../../api-client/ops.types.ts';
import { useAnswer } from '../../api/queries.ts';
import { Busy } from '../../parts/busy.tsx';
import { Facts } from '../../parts/card.tsx';
import { Drawer } from '../../parts/drawer.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { formatCount, formatLatency } from '../../parts/format.model.ts';

type Traffic = ProxiedRequestDetail['caller'];

const bytesOf = (bytes: number | null) => (bytes === null ? 'not counted' : `${formatCount(bytes)} bytes`);

function Headers({ title, headers }: { title: string; headers: Traffic['request_headers'] }) {
  return (
    <details>
      <summary>
        {title} ({headers.length})
      </summary>
      <ul class="headers">
        {headers.map(([name, value], index) => (
          <li key={`${name} ${index}`}>
            <code>
              {name}: {value}
            </code>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** A body, where its gateway proxy was told to keep them. */
function Body({ title, body }: { title: string; body: ProxiedRequestDetail['request_body'] }) {
  if (body === null) return null;
  return (
    <details>
      <summary>{body.truncated ? `${title}, its beginning` : title}</summary>
      {body.text === null ? <p class="muted">It is no text.</p> : <pre class="body">{body.text}</pre>}
    </details>
  );
}

function Leg({ title, traffic, facts }: { title: string; traffic: Traffic; facts: [string, string][] }) {
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      <Facts
        facts={[...facts, ['Sent', bytesOf(traffic.request_bytes)], ['Received', bytesOf(traffic.response_bytes)]]}
      />
      <Headers title="Headers of the request" headers={traffic.request_headers} />
      <Headers title="Headers of the answer" headers={traffic.response_headers} />
    </section>
  );
}

function Detail({ detail }: { detail: ProxiedRequestDetail }) {
  const { caller, target } = detail;
  const own: [string, string][] = [
    ['Status', String(detail.status_code)],
    ['Took', formatLatency(detail.duration_ms)],
    ['From', detail.remote_addr],
  ];
  if (target === null) {
    return (
      <>
        <Leg title="The caller" traffic={caller} facts={own} />
        <Body title="Body of the request" body={detail.request_body} />
        <p class="note note-warning">Nothing was sent to the target: the request was refused here.</p>
      </>
    );
  }
  const behind: [string, string][] = [
    ['URL', target.url],
    ['Status', target.status_code === null ? 'not reached' : String(target.status_code)],
    ['Took', formatLatency(target.duration_ms)],
    ['Through', target.proxy ?? 'no proxy'],
    ['Attempts', String(target.attempts)],
    ...(target.error === null ? [] : [['Error', target.error] satisfies [string, string]]),
  ];
  return (
    <>
      <Leg title="The caller" traffic={caller} facts={own} />
      <Leg title="The target" traffic={target} facts={behind} />
      <Body title="Body of the request" body={detail.request_body} />
      <Body title="Body of the answer" body={detail.response_body} />
    </>
  );
}

/** Both legs of a request, its secrets redacted. */
export function RequestDrawer({ id, onClose }: { id: string; onClose: () => void }) {
  const detail = useAnswer<ProxiedRequestDetail>(`/api/v1/proxy/requests/${encodeURIComponent(id)}`);
  return (
    <Drawer title={detail.data ? `${detail.data.method} ${detail.data.url}` : `Request ${id}`} onClose={onClose}>
      {detail.error && <ErrorNote error={detail.error} retry={() => void detail.refetch()} />}
      {!detail.data && !detail.error && <Busy label="Asking for it" />}
      {detail.data && <Detail detail={detail.data} />}
    </Drawer>
  );
}
