import type { Query } from './api/client.ts';
import { follow } from './api/follow.ts';
import { createEnding } from './endless.ts';
import type { Session } from './session.ts';
import { printable } from './terminal/printable.model.ts';

interface FollowedList<Item> {
  streamPath: string;
  query: Query;
  /** What is there already, the oldest first. */
  readList(): Promise<Item[]>;
  /** Two of the same name are one item. */
  nameOf(item: Item): string;
  toLine(item: Item): string;
}

/**
 * Prints what is there, then what comes, until it is told to end. The stream is opened first, so that nothing is lost
 * between the two; what comes by both is printed once.
 */
export async function followList<Item extends object>(session: Session, list: FollowedList<Item>): Promise<void> {
  const { api, terminal, isJson } = session;
  const { signal } = createEnding();
  /** Names of what the list had and the stream did not yet repeat, and how often. */
  const listed = new Map<string, number>();
  const show = (item: Item): Promise<void> => {
    if (isJson) terminal.json(item);
    else terminal.print(list.toLine(item));
    return terminal.drained();
  };
  await follow<Item>(api, {
    path: list.streamPath,
    query: list.query,
    signal,
    async onConnected() {
      for (const item of await list.readList()) {
        const name = list.nameOf(item);
        listed.set(name, (listed.get(name) ?? 0) + 1);
        await show(item);
      }
    },
    async onItem(item) {
      const name = list.nameOf(item);
      const times = listed.get(name) ?? 0;
      if (times === 0) return show(item);
      listed.set(name, times - 1);
    },
    onNote: (text) => terminal.note(`switchyard: ${printable(text)}`),
  });
}
