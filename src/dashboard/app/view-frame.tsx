import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Busy } from '../parts/busy.tsx';
import { PlainError } from '../parts/error-note.tsx';
import type { Route } from './route.model.ts';
import type { View, ViewProps } from './views.ts';

type Loaded = { Content: ComponentType<ViewProps> } | 'failed' | null;

function useLoaded(view: View): Loaded {
  const [loaded, setLoaded] = useState<Loaded>(() => {
    const content = view.load();
    return content instanceof Promise ? null : { Content: content };
  });
  useEffect(() => {
    if (loaded !== null) return;
    let isWanted = true;
    Promise.resolve(view.load()).then(
      (Content) => isWanted && setLoaded({ Content }),
      () => isWanted && setLoaded('failed'),
    );
    return () => {
      isWanted = false;
    };
  }, [view, loaded]);
  return loaded;
}

/** A view, when its script is there; the title of the document follows it. */
export function ViewFrame({ view, route }: { view: View; route: Route }) {
  const loaded = useLoaded(view);
  useEffect(() => {
    document.title = `${view.title} · Switchyard`;
  }, [view]);
  if (loaded === null) return <Busy label={`Loading ${view.title}`} />;
  if (loaded === 'failed') {
    const advice = 'A new version may have been deployed meanwhile, or the network is away.';
    return <PlainError message="This page could not be loaded." advice={advice} retry={() => location.reload()} />;
  }
  const { Content } = loaded;
  return <Content route={route} />;
}
