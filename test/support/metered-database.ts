/** Rows read and written, index entries included. */
export interface RowCounts {
  read: number;
  written: number;
}

/** What one statement read and wrote, by the database's own account. */
export interface StatementRows extends RowCounts {
  text: string;
}

export interface MeteredDatabase {
  binding: D1Database;
  /** The statements since the last call. */
  take(): StatementRows[];
}

export function sumRows(statements: readonly RowCounts[]): RowCounts {
  return statements.reduce((sum, { read, written }) => ({ read: sum.read + read, written: sum.written + written }), {
    read: 0,
    written: 0,
  });
}

/** True for the statement that counts what a list has in all. */
export function isListCount({ text }: StatementRows): boolean {
  return /\bFROM proxy_groups\b/.test(text);
}

/** Takes note of the rows of every statement that goes through a binding. */
export function meterDatabase(inner: D1Database): MeteredDatabase {
  let noted: StatementRows[] = [];
  const innerStatements = new WeakMap<D1PreparedStatement, { statement: D1PreparedStatement; text: string }>();

  function note<Result extends D1Result>(text: string, result: Result): Result {
    noted.push({ text, read: result.meta.rows_read, written: result.meta.rows_written });
    return result;
  }

  function wrap(statement: D1PreparedStatement, text: string): D1PreparedStatement {
    const all = async <Row>() => note(text, await statement.all<Row>());
    const isReading = /^\s*(select|with)\b/i.test(text);
    // Neither `raw` nor `first` tells what it read; a statement that only reads may run once more to say it.
    const noteReading = async () => {
      if (!isReading) throw new Error(`rows of this statement can't be counted: ${text}`);
      await all();
    };
    const metered: D1PreparedStatement = {
      bind: (...values: unknown[]) => wrap(statement.bind(...values), text),
      all,
      run: all,
      async first(...columns: string[]) {
        await noteReading();
        return Reflect.apply(statement.first, statement, columns);
      },
      async raw(...options: unknown[]) {
        // What a write returns is of one table: no two of its columns share a name, so none is lost.
        if (!isReading && options.length === 0) return (await all<object>()).results.map((row) => Object.values(row));
        await noteReading();
        return Reflect.apply(statement.raw, statement, options);
      },
    };
    innerStatements.set(metered, { statement, text });
    return metered;
  }

  function unwrap(metered: D1PreparedStatement) {
    const found = innerStatements.get(metered);
    if (!found) throw new Error('a statement of another database');
    return found;
  }

  return {
    binding: {
      prepare: (text: string) => wrap(inner.prepare(text), text),
      async batch<Row>(statements: D1PreparedStatement[]) {
        const found = statements.map(unwrap);
        const results = await inner.batch<Row>(found.map(({ statement }) => statement));
        return results.map((result, index) => note(found[index]?.text ?? '', result));
      },
      exec: (text: string) => inner.exec(text),
      dump: () => inner.dump(),
      withSession: () => {
        throw new Error('sessions are not counted');
      },
    },
    take() {
      const taken = noted;
      noted = [];
      return taken;
    },
  };
}
