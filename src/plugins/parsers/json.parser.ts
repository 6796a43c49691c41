import { Tokenizer, TokenType } from '@streamparser/json';
import { type ListReader, type ProxySink, readInBatches } from './batches.ts';
import { closeContainer, type JsonContainer, openContainer, takeScalar } from './json-entries.ts';
import { createJsonLimiter } from './json-limits.ts';
import { SourceParseError, type SourceParser } from './parser.types.ts';
import { urlEnding } from './url-ending.ts';

/** Lists nest five deep or so; every open container costs memory. */
export const MAX_JSON_DEPTH = 64;

type Token = Parameters<Tokenizer['onToken']>[0];
type Expected = 'value' | 'value or end' | 'key' | 'key or end' | 'colon' | 'comma or end';

/** Checks the grammar over tokens and keeps the open containers; complete values are dropped at once. */
function createTokenHandler(sink: ProxySink) {
  const stack: JsonContainer[] = [];
  let expected: Expected = 'value';
  let key = '';

  function refuse(offset: number): never {
    throw new SourceParseError(`Broken JSON at byte ${offset}: a ${expected} should stand there`);
  }

  function open(kind: JsonContainer['kind'], offset: number): void {
    if (expected !== 'value' && expected !== 'value or end') refuse(offset);
    if (stack.length >= MAX_JSON_DEPTH) {
      throw new SourceParseError(`JSON nested deeper than ${MAX_JSON_DEPTH} at byte ${offset}`);
    }
    const parent = stack.at(-1) ?? null;
    const name = parent?.kind === 'array' ? parent.name : key;
    stack.push(openContainer(kind, parent ? name : '', parent));
    expected = kind === 'object' ? 'key or end' : 'value or end';
  }

  function close(kind: JsonContainer['kind'], offset: number): void {
    const container = stack.at(-1);
    if (container?.kind !== kind || !expected.endsWith('or end')) refuse(offset);
    stack.pop();
    closeContainer(container, stack.at(-1) ?? null, sink);
    afterValue();
  }

  /** Values may follow each other at the top: that is how NDJSON looks. */
  function afterValue(): void {
    expected = stack.length > 0 ? 'comma or end' : 'value';
  }

  function takeComma(offset: number): void {
    if (expected !== 'comma or end') refuse(offset);
    expected = stack.at(-1)?.kind === 'object' ? 'key' : 'value';
  }

  function takeColon(offset: number): void {
    if (expected !== 'colon') refuse(offset);
    expected = 'value';
  }

  function takeValue({ value, offset }: Token): void {
    if ((expected === 'key' || expected === 'key or end') && typeof value === 'string') {
      key = value;
      expected = 'colon';
      return;
    }
    if (expected !== 'value' && expected !== 'value or end') refuse(offset);
    const container = stack.at(-1);
    if (container && typeof value !== 'object') takeScalar(container, key, value ?? null, sink);
    else if (container) takeScalar(container, key, null, sink);
    afterValue();
  }

  return {
    isComplete: () => stack.length === 0,
    take(token: Token): void {
      const { offset } = token;
      if (token.token === TokenType.LEFT_BRACE) open('object', offset);
      else if (token.token === TokenType.RIGHT_BRACE) close('object', offset);
      else if (token.token === TokenType.LEFT_BRACKET) open('array', offset);
      else if (token.token === TokenType.RIGHT_BRACKET) close('array', offset);
      else if (token.token === TokenType.COMMA) takeComma(offset);
      else if (token.token === TokenType.COLON) takeColon(offset);
      else takeValue(token);
    },
  };
}

/** Reads entries (objects) and addresses (texts in arrays) at any depth of one JSON document or of many (NDJSON). */
function createJsonReader(sink: ProxySink): ListReader {
  const handler = createTokenHandler(sink);
  // Without a separator the tokenizer itself takes documents one after the other.
  const tokenizer = new Tokenizer();
  const writeLimited = createJsonLimiter((text) => tokenizer.write(text));
  let isAtStart = true;
  let isMarkup = false;
  let lastOffset = 0;
  tokenizer.onToken = (token) => {
    lastOffset = token.offset;
    handler.take(token);
  };

  /** The tokenizer's own messages quote the input, which may hold a password. */
  function guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (error instanceof SourceParseError) throw error;
      const hint = isMarkup ? ': it looks like HTML' : '';
      throw new SourceParseError(`Broken JSON after byte ${lastOffset}${hint}`);
    }
  }

  return {
    write(text) {
      const trimmed = isAtStart ? text.trimStart() : text;
      if (isAtStart && trimmed !== '') {
        isAtStart = false;
        isMarkup = trimmed.startsWith('<');
      }
      guard(() => writeLimited(text));
    },
    end() {
      guard(() => tokenizer.end());
      if (!handler.isComplete()) throw new SourceParseError('Broken JSON: it ends too early');
    },
  };
}

export const jsonParser: SourceParser = {
  name: 'json',
  defaultSchedule: '*/30 * * * *',
  supports: (url) => urlEnding(url) === 'json',
  parse: (chunks) => readInBatches(chunks, createJsonReader),
};
