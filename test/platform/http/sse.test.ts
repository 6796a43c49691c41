import { describe, expect, it } from 'vitest';
import { createEventBuffer, type EventSink, eventStream, formatEvent } from '../../../src/platform/http/sse.ts';

describe('an event', () => {
  it('has its fields in lines of their own and ends with an empty one', () => {
    expect(formatEvent({ id: '5', event: 'lagged', data: { a: 1 } })).toBe('id: 5\nevent: lagged\ndata: {"a":1}\n\n');
    expect(formatEvent({ data: 'a\r\nb\rc\nd' })).toBe('data: "a\\r\\nb\\rc\\nd"\n\n');
  });
});

describe('a buffer', () => {
  it('keeps so many, and of the others how many they were, in their place', () => {
    const buffer = createEventBuffer(2);
    for (const data of [1, 2, 3, 4]) buffer.push({ data });
    expect(buffer.take()).toEqual({ data: 1 });
    expect(buffer.take()).toEqual({ data: 2 });
    buffer.push({ data: 5 });
    expect(buffer.take()).toEqual({ event: 'lagged', data: { missed: 2 } });
    expect(buffer.take()).toEqual({ data: 5 });
    expect(buffer.take()).toBeUndefined();
  });
});

describe('a stream', () => {
  const open = (isStillAllowed: () => Promise<boolean>) => {
    let sink: EventSink | null = null;
    let stops = 0;
    const response = eventStream(
      {
        async start(given) {
          sink = given;
          return () => {
            stops += 1;
          };
        },
        isStillAllowed,
      },
      20,
    );
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    return { reader, emit: (data: unknown) => sink?.emit({ data }), stops: () => stops };
  };

  it('beats while nothing happens, passes on what does, and stops its producer when its reader leaves', async () => {
    const { reader, emit, stops } = open(async () => true);
    expect(await reader?.read()).toMatchObject({ value: ': heartbeat\n\n' });
    emit(1);
    let text = '';
    while (!text.includes('data: 1\n\n')) text += (await reader?.read())?.value;
    await reader?.cancel();
    expect(stops()).toBe(1);
  });

  it('ends when its reader may not read any more', async () => {
    let isAllowed = true;
    const { reader, stops } = open(async () => isAllowed);
    await reader?.read();
    isAllowed = false;
    for (let read = await reader?.read(); read && !read.done; read = await reader?.read());
    expect(stops()).toBe(1);
  });
});
