import { pathToFileURL } from "node:url";
import Libsql from "libsql";

type Value = string | number | null;
type Connection = InstanceType<typeof Libsql>;
type Statement = ReturnType<typeof prepared>;

function prepared(connection: Connection, sql: string) {
  return connection.prepare<Value[]>(sql);
}

/** How a file is opened: `frozen` = nobody writes it and it may lie in a read-only folder; no file is made beside it. */
export type Access = "write" | "read" | "frozen";

/** A thin, typed hand on one SQLite connection. Synchronous: only for worker threads. */
export class Database {
  private readonly statements = new Map<string, Statement>();

  private constructor(private readonly connection: Connection) {}

  static open(file: string, access: Access, busyTimeoutMs: number): Database {
    const uri = `${pathToFileURL(file).href}?mode=ro${access === "frozen" ? "&immutable=1" : ""}`;
    const connection = new Libsql(access === "write" ? file : uri, { timeout: busyTimeoutMs });
    return new Database(connection);
  }

  exec(sql: string): void {
    this.connection.exec(sql);
  }

  /** Returns the number of rows changed. */
  run(sql: string, ...values: readonly Value[]): number {
    return this.prepare(sql).run(...values).changes;
  }

  all<T>(sql: string, ...values: readonly Value[]): T[] {
    return this.prepare(sql).all(...values) as T[];
  }

  /** The first row. Reads to the end on purpose: a statement left half-way would keep its read lock. */
  get<T>(sql: string, ...values: readonly Value[]): T | undefined {
    return this.all<T>(sql, ...values)[0];
  }

  /** All or nothing. What `work` throws, and what COMMIT throws, leaves the database as it was. */
  transaction<T>(work: () => T): T {
    this.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      this.exec("COMMIT");
      return result;
    } catch (thrown) {
      // A full disk makes SQLite roll back by itself; a second ROLLBACK would hide the first error.
      if (this.connection.inTransaction) this.exec("ROLLBACK");
      throw thrown;
    }
  }

  close(): void {
    this.statements.clear();
    this.connection.close();
  }

  private prepare(sql: string): Statement {
    const known = this.statements.get(sql);
    if (known !== undefined) return known;
    const statement = prepared(this.connection, sql);
    this.statements.set(sql, statement);
    return statement;
  }
}
