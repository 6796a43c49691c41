import type { ProxyDetail } from '../../../api-client/pool.types.ts';
import { useAnswer } from '../../api/queries.ts';
import { useNowMs } from '../../app/clock.ts';
import { Busy } from '../../parts/busy.tsx';
import { Facts } from '../../parts/card.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Drawer } from '../../parts/drawer.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { countryName, formatAgo, formatLatency } from '../../parts/format.model.ts';
import type { Asked } from './proxies.tsx';
import { ProxyChecks } from './proxy-checks.tsx';
import { ScoreParts } from './score-parts.tsx';
import { StatusTag } from './status-tag.tsx';
import { wantedOfProxy } from './wanted.model.ts';

/** While it is looked at, a round of checks may come. */
const DETAIL_EVERY_MS = 10_000;

interface ProxyDetailDrawerProps {
  proxyId: string;
  onAsk: (asked: Asked) => void;
  onClose: () => void;
}

function ProxyFacts({ detail: { proxy, reports } }: { detail: ProxyDetail }) {
  const nowMs = useNowMs();
  const tags = Object.entries(proxy.tags).map(([name, value]) => `${name}: ${value}`);
  const tunnel = { true: 'yes', false: 'no', null: 'not known yet' }[String(proxy.supports_tunnel)];
  return (
    <Facts
      facts={[
        ['Pool', proxy.pool],
        ['Comes out at', proxy.exit_ip ?? '–'],
        ['Country', proxy.country === null ? '–' : countryName(proxy.country)],
        ['Anonymity', proxy.anonymity ?? '–'],
        ['Average latency', formatLatency(proxy.avg_latency_ms)],
        ['Uptime', proxy.uptime_pct === null ? '–' : `${proxy.uptime_pct.toFixed(1)} %`],
        ['Opens tunnels', tunnel],
        ['Last check', formatAgo(proxy.last_checked_at, nowMs)],
        ['First seen', formatAgo(proxy.first_seen_at, nowMs)],
        ['Reported in 30 days', `${reports.ok} fine, ${reports.dead} dead, ${reports.blocked} blocked`],
        ['Tags', tags.length === 0 ? '–' : tags.join(', ')],
      ]}
    />
  );
}

function Verdicts({ detail: { explanation, trust } }: { detail: ProxyDetail }) {
  return (
    <>
      <div class={`note ${explanation.leasable_now ? 'note-good' : 'note-warning'}`}>
        <p>
          <strong>{explanation.leasable_now ? 'You can lease it.' : 'You can’t lease it now.'}</strong>{' '}
          {explanation.reason.message}
        </p>
      </div>
      <div class={`note ${trust.times_caught > 0 ? 'note-error' : ''}`}>
        <p>
          <strong>{trust.last_verdict === null ? 'Trust.' : `Caught: ${trust.last_verdict}.`}</strong>{' '}
          {trust.explanation}
        </p>
      </div>
    </>
  );
}

function Detail({ detail, onAsk }: { detail: ProxyDetail; onAsk: ProxyDetailDrawerProps['onAsk'] }) {
  const { proxy, explanation, recent_checks: checks } = detail;
  const wanted = wantedOfProxy(proxy);
  return (
    <>
      <p class="actions">
        <StatusTag proxy={proxy} />
        <CopyButton
          text={`${proxy.protocol}://${proxy.ip}:${proxy.port}`}
          what="the address of this proxy"
          label="Copy URL"
        />
        <button type="button" onClick={() => onAsk({ what: 'test', wanted })}>
          Test a URL
        </button>
        <button type="button" class="primary" onClick={() => onAsk({ what: 'lease', wanted })}>
          Lease one like this
        </button>
      </p>
      <Verdicts detail={detail} />
      <ScoreParts score={proxy.score} parts={explanation.score_parts} />
      <ProxyChecks checks={checks} />
      <ProxyFacts detail={detail} />
    </>
  );
}

/** All that is known of a proxy. */
export function ProxyDetailDrawer({ proxyId, onAsk, onClose }: ProxyDetailDrawerProps) {
  const detail = useAnswer<ProxyDetail>(`/proxies/${encodeURIComponent(proxyId)}`, DETAIL_EVERY_MS);
  const proxy = detail.data?.proxy;
  return (
    <Drawer title={proxy ? `${proxy.protocol}://${proxy.ip}:${proxy.port}` : 'Proxy'} onClose={onClose}>
      {detail.error && <ErrorNote error={detail.error} retry={() => void detail.refetch()} />}
      {!detail.data && !detail.error && <Busy label="Asking for it" />}
      {detail.data && <Detail detail={detail.data} onAsk={onAsk} />}
    </Drawer>
  );
}
